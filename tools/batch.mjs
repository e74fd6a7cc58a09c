// imports/batch -> a jsii package: `node tools/batch.mjs FOLDER` writes FOLDER/cdk8s_eks_gpu_batch.
import { srcmak } from 'jsii-srcmak';

const NAME = 'cdk8s_eks_gpu_batch';
const modules = ['@types/node', 'cdk8s', 'constructs'];

await srcmak('imports/batch', {
  deps: modules.map((name) => `node_modules/${name}`),
  moduleKey: NAME, // else a hash of the folder's path
  python: { outdir: process.argv[2], moduleName: NAME },
});

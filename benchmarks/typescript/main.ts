// The stack of benchmarks/compare.py on the classes that cdk8s-cli imports for TypeScript. It checks nothing.
import { App, Chart, Helm } from 'cdk8s';
import { Ec2NodeClass } from './imports/karpenter.k8s.aws';
import {
  NodePool,
  NodePoolSpecLimits,
  NodePoolSpecTemplateSpecRequirementsOperator as Operator,
  NodePoolSpecTemplateSpecTaintsEffect as Effect,
} from './imports/karpenter.sh';

const pools = Number(process.argv[2]);
const charts = process.argv[3];

const app = new App();
if (charts) {
  for (const [name, archive, namespace] of [
    ['nvdp', process.argv[3], 'nvidia'],
    ['efa', process.argv[4], 'kube-system'],
  ]) {
    const chart = new Chart(app, `${name}-plugin`);
    new Helm(chart, 'plugin', { chart: archive, releaseName: name, namespace, helmFlags: ['--include-crds', '--no-hooks'] });
  }
}
const chart = new Chart(app, 'node-pools');
const discovery = [{ tags: { 'karpenter.sh/discovery': 'training' } }];
new Ec2NodeClass(chart, 'class', {
  metadata: { name: 'gpu' },
  spec: {
    role: 'nodes',
    amiSelectorTerms: [{ alias: 'al2023@v20251112' }],
    subnetSelectorTerms: discovery,
    securityGroupSelectorTerms: discovery,
  },
});
for (let number = 0; number < pools; number++) {
  new NodePool(chart, `pool-${number}`, {
    metadata: { name: `pool-${number}` },
    spec: {
      limits: { cpu: NodePoolSpecLimits.fromString(String(1000 + number)) },
      template: {
        metadata: { labels: { team: `team-${number}` } },
        spec: {
          nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'gpu' },
          requirements: [
            { key: 'kubernetes.io/arch', operator: Operator.IN, values: ['amd64'] },
            { key: 'karpenter.sh/capacity-type', operator: Operator.IN, values: ['spot', 'on-demand'] },
            { key: 'node.kubernetes.io/instance-type', operator: Operator.IN, values: ['p5.48xlarge'] },
          ],
          taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: Effect.NO_SCHEDULE }],
        },
      },
    },
  });
}
app.synth();

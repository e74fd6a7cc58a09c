import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';

declare function require(name: string): any;

/** A construct around objects, as Python describes it. */
interface Group {
  readonly id: string;
  readonly objects: Description[];
}

/** A Kubernetes object, as Python describes it. */
interface Description {
  /** Its name in the construct, as in `Service/default/x`. */
  readonly name: string;

  /** The class that was imported from its CRD, as jsii names it: null makes an ApiObject. */
  readonly imported: string | null;

  /** What that class takes; without a class, the whole manifest. */
  readonly props: any;

  /** Whether the object does without the namespace that its chart has. */
  readonly withoutNamespace: boolean;
}

// cdk8s's own metadata is in charge of these, so that an app can add to them.
const METADATA = ['name', 'namespace', 'labels', 'annotations'];

/** Kubernetes objects that come from Python in one call, however many they are. */
export class Batch {
  /**
   * Make constructs with the objects in them.
   *
   * @param scope where the constructs go.
   * @param groups the constructs, as JSON.
   * @returns each construct, followed by its objects.
   */
  public static add(scope: Construct, groups: string): Construct[] {
    const hasNamespace = Chart.of(scope).namespace !== undefined;
    return (JSON.parse(groups) as Group[]).flatMap((group) => {
      const construct = new Construct(scope, group.id);
      return [construct, ...group.objects.map((object) => make(construct, object, hasNamespace))];
    });
  }

  private constructor() {}
}

function make(scope: Construct, description: Description, hasNamespace: boolean): ApiObject {
  const id = description.name.replace(/\//g, '-');
  const object: ApiObject = description.imported === null
    ? plain(scope, id, description.props)
    : new (classOf(description.imported))(scope, id, description.props);
  if (hasNamespace && description.withoutNamespace) {
    object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
  return object;
}

function classOf(fqn: string): any {
  const [assembly, ...names] = fqn.split('.');
  return names.reduce((module, name) => module[name], require(assembly));
}

/** What is not metadata goes in as patches: cdk8s sorts the keys of all else. */
function plain(scope: Construct, id: string, manifest: any): ApiObject {
  const { apiVersion, kind, metadata, ...others } = manifest;
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => METADATA.includes(key)));
  const object = new ApiObject(scope, id, { apiVersion, kind, metadata: own });
  const additions = [
    ...Object.keys(others).map((key) => JsonPatch.add(`/${key}`, others[key])),
    ...Object.keys(metadata).filter((key) => !(key in own)).map((key) => JsonPatch.add(`/metadata/${key}`, metadata[key])),
  ];
  object.addJsonPatch(...additions);
  return object;
}

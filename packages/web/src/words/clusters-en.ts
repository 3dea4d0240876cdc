import { code, say, type Sentence } from './say.ts'

/** Clusters that applications are deployed to. */
export const clustersEn = {
  title: 'Clusters',
  lede: 'Where applications are deployed to. One that does not answer holds up no other',
  theClusters: 'The clusters',
  columns: {
    name: 'Cluster',
    state: 'Connection',
    version: 'Kubernetes',
    cache: 'Objects held',
    applications: 'Applications',
    actions: 'Actions',
  },
  states: { Successful: 'Answers', Failed: 'Does not answer', Unknown: 'Being read' },
  since: 'since',
  addTitle: 'Add a cluster',
  addText: 'Its credentials come from your own kubeconfig, so it is added on the command line:',
  home: 'Plimsoll lives here',
  kinds: (n: number) => (n === 1 ? '1 kind' : `${n} kinds`),
  unreadable: (n: number) => (n === 1 ? '1 kind cannot be read' : `${n} kinds cannot be read`),
  notAdmin: 'Only an administrator changes clusters.',
  isHome: 'Plimsoll itself lives on it.',
  moreOf: (name: string) => `Actions for ${name}`,
  details: 'Details',
  readAnew: 'Read anew',
  isReadAnew: (name: string) => `${name} is being read anew`,
  failsReadAnew: (name: string) => `${name} could not be read anew`,
  remove: 'Remove',
  removeTitle: (name: string): Sentence => say`Remove ${code(name)}`,
  removeText: (applications: number) =>
    applications === 0
      ? 'Its credentials are forgotten here. What runs there stays.'
      : applications === 1
        ? 'Its credentials are forgotten here, and its one application becomes Unknown. What runs there stays, also when that application is deleted.'
        : `Its credentials are forgotten here, and its ${applications} applications become Unknown. What runs there stays, also when they are deleted.`,
  removed: (name: string) => `Removed ${name}`,
  theRemoving: 'Removing',
  facts: {
    server: 'Address',
    version: 'Kubernetes',
    connection: 'Connection',
    namespaces: 'Namespaces',
    allNamespaces: 'all',
    andNone: 'and what is in none',
    project: 'Only of project',
    labels: 'Labels',
    annotations: 'Annotations',
    certificate: 'Its certificate',
    checked: 'is checked',
    unchecked: 'is not checked',
    proxy: 'Through',
    cache: 'Objects held',
    readAt: 'Read',
    unreadable: 'Cannot be read',
  },
}

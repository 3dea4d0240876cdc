import type { GeneratorKind, PendingReason } from '../facts/set-look.ts'
import { code, say, type Sentence } from './say.ts'

const applications = (n: number) => `${n.toLocaleString('en')} application${n === 1 ? '' : 's'}`

/** Application sets: what makes applications by template. */
export const setsEn = {
  title: 'Application sets',
  lede: 'Templates that make an application for each folder, cluster or pull request',
  theSets: 'The application sets',
  theSet: 'The application set',
  columns: { name: 'Set', health: 'Health', applications: 'Applications', from: 'From', policy: 'Policy' },
  none: 'No application set yet',
  noneText: 'A set makes an application for each folder of a repository, each cluster, each open pull request: one template for all.',
  orCommand: say`${code('plimsoll appset create set.yaml')}`,
  kinds: {
    list: 'List',
    clusters: 'Clusters',
    git: 'Git',
    scmProvider: 'Repositories',
    clusterDecisionResource: 'Decisions',
    pullRequest: 'Pull requests',
    matrix: 'Matrix of',
    merge: 'Merge of',
    plugin: 'Plugin',
  } satisfies Record<GeneratorKind, string>,
  noGenerator: 'No generator',
  and: 'and',
  applications,
  byHealth: (n: number, health: string) => `${n} ${health}`,
  policyTitle: 'What it does with its applications: syncPolicy.applicationsSync',
  project: (name: string): Sentence => say`project ${code(name)}`,
  rolling: (n: number) => `${n} step${n === 1 ? '' : 's'}, one after the other`,
  heldLine: (n: number, all: number) => `${n} of ${applications(all)} would be deleted. Somebody has to say that this is meant.`,
  notAllowed: 'Your role may look, and change nothing.',
  refresh: 'Ask again',
  refreshTitle: 'Ask every generator again, now',
  refreshed: 'The generators are asked',
  theRefresh: 'Asking again',
  delete: 'Delete the set',
  pending: {
    title: (n: number, all: number) => `${n} of ${applications(all)} would be deleted`,
    because: (reason: PendingReason): string =>
      reason.kind === 'nothing'
        ? 'Its generators give nothing.'
        : reason.kind === 'generator'
          ? `Its generator ${reason.number} gives nothing any more.`
          : reason.kind === 'half'
            ? 'That is more than half of what there is.'
            : `${reason.text}.`,
    waits: (since: string): Sentence => say`Nothing is deleted until somebody confirms it. It has waited since ${since}.`,
    otherwise: 'Where it is a mistake, correct the set or what its generators read: then nothing has happened.',
    more: (n: number) => `and ${n.toLocaleString('en')} more`,
    confirm: (n: number) => `Delete ${applications(n)} …`,
    going: (n: number) => `Deleting ${applications(n)}, as confirmed`,
  },
  confirm: {
    title: (n: number): Sentence => say`Delete ${applications(n)}`,
    text: 'What they have deployed goes with them, as their finalizers say. Git stays as it is.',
    names: 'Applications that go',
    type: (name: string): Sentence => say`Type ${code(name)} to confirm`,
    label: 'Name of the set',
    noMatch: 'The name does not match yet.',
    submit: (n: number) => `Delete ${applications(n)}`,
    failed: 'Confirming',
    done: (n: number) => `Deleting ${applications(n)}`,
  },
  remove: {
    title: (name: string): Sentence => say`Delete the set ${code(name)}`,
    takes: (n: number) => (n === 0 ? 'It has no applications.' : `Its ${applications(n)} go with it, and what they have deployed.`),
    keepsResources: (n: number) => `Its ${applications(n)} go with it. What they have deployed stays.`,
    keeps: (n: number) => `Its ${applications(n)} stay, and belong to no set any more.`,
    submit: (n: number) => (n === 0 ? 'Delete the set' : `Delete the set and ${applications(n)}`),
    submitAlone: 'Delete the set',
    failed: 'Deleting',
    done: (name: string) => `Deleting ${name}`,
  },
  steps: 'Rolling sync',
  stepsText: 'Each step begins when the applications of all steps before it are healthy',
  step: (n: number) => `Step ${n}`,
  noStep: 'In no step',
  noStepText: 'These are synced by nobody.',
  all: 'all',
  atOnce: (n: string) => `${n} at once`,
  healthyOf: (n: number, all: number) => `${n} of ${all} healthy`,
  noApplications: 'It makes no applications',
  noApplicationsText: 'Its generators give nothing, or it could not be generated yet.',
  conditions: 'Conditions',
  conditionColumns: { type: 'Condition', status: 'Status', message: 'What it says', since: 'Since' },
  spec: 'The set',
  specOf: (name: string) => `The set ${name}`,
  madeBy: (name: string): Sentence => say`from the set ${code(name)}`,
}

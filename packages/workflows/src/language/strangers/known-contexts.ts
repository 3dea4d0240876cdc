/** A tree of names: what a stranger writes, below `github`. `*` is any name or index. */
export interface StrangerText {
  /** This value itself is a stranger's text. */
  readonly isText?: true
  readonly children?: ReadonlyMap<string, StrangerText>
}

const text: StrangerText = { isText: true }

/**
 * GitHub's documentation, "Secure use reference: script injections", and its Security Lab's list of untrusted input. Names that
 * GitHub itself limits to letters and digits (logins, repositories, digests) are not in it; names of branches are: Git allows
 * `$(…)`, `;` and quotes in them.
 */
const paths = [
  'head_ref',
  'event.issue.title',
  'event.issue.body',
  'event.issue.pull_request.title',
  'event.pull_request.title',
  'event.pull_request.body',
  'event.pull_request.head.ref',
  'event.pull_request.head.label',
  'event.pull_request.head.repo.default_branch',
  'event.pull_request.head.repo.description',
  'event.pull_request.head.repo.homepage',
  'event.pull_request.merge_commit_message',
  'event.changes.title.from',
  'event.changes.body.from',
  'event.comment.body',
  'event.review.body',
  'event.review_comment.body',
  'event.discussion.title',
  'event.discussion.body',
  'event.pages.*.page_name',
  'event.pages.*.title',
  'event.pages.*.summary',
  ...[
    'event.commits.*',
    'event.head_commit',
    'event.workflow_run.head_commit',
    'event.check_suite.head_commit',
    'event.merge_group.head_commit',
  ].flatMap((commit) => [
    `${commit}.message`,
    `${commit}.author.email`,
    `${commit}.author.name`,
    `${commit}.committer.email`,
    `${commit}.committer.name`,
  ]),
  'event.workflow_run.head_branch',
  'event.workflow_run.display_title',
  'event.workflow_run.head_repository.description',
  'event.workflow_run.pull_requests.*.head.ref',
  'event.check_suite.head_branch',
  'event.check_suite.pull_requests.*.head.ref',
  'event.check_run.check_suite.head_branch',
  'event.check_run.check_suite.pull_requests.*.head.ref',
  'event.check_run.pull_requests.*.head.ref',
  'event.forkee.description',
  'event.forkee.homepage',
  'event.forkee.default_branch',
]

export const strangerTexts: StrangerText = treeOf(paths.map((path) => path.split('.')))

function treeOf(all: readonly string[][]): StrangerText {
  const groups = new Map<string, string[][]>()
  for (const [first, ...rest] of all) if (first !== undefined) groups.set(first, [...(groups.get(first) ?? []), rest])
  if (groups.size === 0) return text
  return { children: new Map([...groups].map(([name, rests]) => [name, rests.every((rest) => rest.length === 0) ? text : treeOf(rests)])) }
}

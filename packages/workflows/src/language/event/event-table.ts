export interface EventFacts {
  /** Activities that `types` may name; empty: it has none. */
  readonly types: readonly string[]
  /** Those that start a workflow without `types`. Undefined: all. */
  readonly defaultTypes?: readonly string[]
  readonly filters?: readonly Filter[]
}

export type Filter = 'branches' | 'branches-ignore' | 'tags' | 'tags-ignore' | 'paths' | 'paths-ignore' | 'workflows' | 'names' | 'versions'

const branches = ['branches', 'branches-ignore'] as const
const paths = ['paths', 'paths-ignore'] as const
const tags = ['tags', 'tags-ignore'] as const
const pullRequest: EventFacts = {
  types: [
    'assigned',
    'unassigned',
    'labeled',
    'unlabeled',
    'opened',
    'edited',
    'closed',
    'reopened',
    'synchronize',
    'converted_to_draft',
    'locked',
    'unlocked',
    'enqueued',
    'dequeued',
    'milestoned',
    'demilestoned',
    'ready_for_review',
    'review_requested',
    'review_request_removed',
    'auto_merge_enabled',
    'auto_merge_disabled',
    'stacked',
  ],
  defaultTypes: ['opened', 'synchronize', 'reopened'],
  filters: [...branches, ...paths],
}
const card = ['created', 'edited', 'deleted'] as const
const nothing: EventFacts = { types: [] }

/** GitHub's documentation, "Events that trigger workflows", and its schema workflow-v1.0 of 2026. */
export const eventTable: ReadonlyMap<string, EventFacts> = new Map<string, EventFacts>([
  ['branch_protection_rule', { types: card }],
  ['check_run', { types: ['created', 'rerequested', 'completed', 'requested_action'] }],
  ['check_suite', { types: ['completed'] }],
  ['create', nothing],
  ['delete', nothing],
  ['deployment', nothing],
  ['deployment_status', nothing],
  [
    'discussion',
    {
      types: [
        ...card,
        'transferred',
        'pinned',
        'unpinned',
        'labeled',
        'unlabeled',
        'locked',
        'unlocked',
        'category_changed',
        'answered',
        'unanswered',
      ],
    },
  ],
  ['discussion_comment', { types: card }],
  ['fork', nothing],
  ['gollum', nothing],
  ['image_version', { types: ['created', 'ready', 'deleted'], filters: ['names', 'versions'] }],
  ['issue_comment', { types: card }],
  [
    'issues',
    {
      types: [
        'opened',
        'edited',
        'deleted',
        'transferred',
        'pinned',
        'unpinned',
        'closed',
        'reopened',
        'assigned',
        'unassigned',
        'labeled',
        'unlabeled',
        'locked',
        'unlocked',
        'milestoned',
        'demilestoned',
        'field_added',
        'field_removed',
        'typed',
        'untyped',
      ],
    },
  ],
  ['label', { types: card }],
  ['merge_group', { types: ['checks_requested'], filters: branches }],
  ['milestone', { types: ['created', 'closed', 'opened', 'edited', 'deleted'] }],
  ['page_build', nothing],
  ['project', { types: ['created', 'closed', 'reopened', 'edited', 'deleted'] }],
  ['project_card', { types: ['created', 'moved', 'converted', 'edited', 'deleted'] }],
  ['project_column', { types: ['created', 'updated', 'moved', 'deleted'] }],
  ['public', nothing],
  ['pull_request', pullRequest],
  ['pull_request_comment', { types: card }],
  ['pull_request_review', { types: ['submitted', 'edited', 'dismissed'] }],
  ['pull_request_review_comment', { types: card }],
  ['pull_request_target', pullRequest],
  ['push', { types: [], filters: [...branches, ...tags, ...paths] }],
  ['registry_package', { types: ['published', 'updated'] }],
  ['release', { types: ['published', 'unpublished', 'created', 'edited', 'deleted', 'prereleased', 'released'] }],
  /** Its types are whatever the caller of the API sends. */
  ['repository_dispatch', nothing],
  ['schedule', nothing],
  ['status', nothing],
  ['watch', { types: ['started'] }],
  ['workflow_call', nothing],
  ['workflow_dispatch', nothing],
  ['workflow_run', { types: ['requested', 'in_progress', 'completed'], filters: [...branches, 'workflows'] }],
])

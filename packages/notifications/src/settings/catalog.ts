import type { NotificationTemplate, TriggerCondition } from './fields.ts'

/**
 * Triggers and templates that are there without anybody having written them, under the names of Argo CD's catalog. The operator's ConfigMap replaces
 * each by its name.
 */
const revision = 'app.status?.operationState?.syncResult?.revision'
const phase = 'app.status?.operationState?.phase'

export const catalogTriggers: Readonly<Record<string, readonly TriggerCondition[]>> = {
  'on-created': [{ description: 'The application is there.', when: 'true', oncePer: 'app.metadata.name', send: ['app-created'] }],
  'on-deleted': [
    {
      description: 'The application is being deleted.',
      when: 'app.metadata.deletionTimestamp != nil',
      oncePer: 'app.metadata.name',
      send: ['app-deleted'],
    },
  ],
  'on-deployed': [
    {
      description: 'A sync has succeeded and everything is healthy; once for each revision.',
      when: `${phase} == 'Succeeded' and app.status?.health?.status == 'Healthy'`,
      oncePer: revision,
      send: ['app-deployed'],
    },
  ],
  'on-health-degraded': [
    {
      description: 'Something of the application is degraded; once for each revision.',
      when: "app.status?.health?.status == 'Degraded'",
      oncePer: revision,
      send: ['app-health-degraded'],
    },
  ],
  'on-sync-failed': [
    {
      description: 'A sync has failed; once for each revision.',
      when: `${phase} in ['Error', 'Failed']`,
      oncePer: revision,
      send: ['app-sync-failed'],
    },
  ],
  'on-sync-running': [
    { description: 'A sync runs; once for each revision.', when: `${phase} == 'Running'`, oncePer: revision, send: ['app-sync-running'] },
  ],
  'on-sync-status-unknown': [
    {
      description: 'It cannot be told whether the application is as Git wants it.',
      when: "app.status?.sync?.status == 'Unknown'",
      oncePer: revision,
      send: ['app-sync-status-unknown'],
    },
  ],
  'on-sync-succeeded': [
    {
      description: 'A sync has succeeded; once for each revision.',
      when: `${phase} == 'Succeeded'`,
      oncePer: revision,
      send: ['app-sync-succeeded'],
    },
  ],
}

export const catalogTemplates: Readonly<Record<string, NotificationTemplate>> = {
  'app-created': template('{{.app.metadata.name}} has been created.', '#18be52'),
  'app-deleted': template('{{.app.metadata.name}} is being deleted.', '#f4c030'),
  'app-deployed': template('{{.app.metadata.name}} runs a new version, and everything is healthy.', '#18be52'),
  'app-health-degraded': template('{{.app.metadata.name}} is degraded.', '#f4c030'),
  'app-sync-failed': template(
    '{{.app.metadata.name}} could not be synced: {{.app.status.operationState.message}}',
    '#e96d76',
    '{{.app.metadata.name}} could not be synced',
  ),
  'app-sync-running': template('{{.app.metadata.name}} is being synced since {{.app.status.operationState.startedAt}}.', '#0dadea'),
  'app-sync-status-unknown': template(
    'Whether {{.app.metadata.name}} is as Git wants it is not known.{{range .app.status.conditions}} {{.type}}: {{.message}}{{end}}',
    '#e96d76',
    'The status of {{.app.metadata.name}} is not known',
  ),
  'app-sync-succeeded': template('{{.app.metadata.name}} has been synced.', '#18be52'),
}

function template(message: string, color: string, subject = message): NotificationTemplate {
  const page = '{{.context.argocdUrl}}/applications/{{.app.metadata.name}}'
  return {
    message: `${message}\n${page}\n`,
    email: { subject: subject.replace(/\.$/, '') },
    // `toJson` keeps whatever a name or a message holds inside its text.
    slack: {
      attachments: `[{
  "title": {{.app.metadata.name | toJson}},
  "title_link": {{printf "%s/applications/%s" .context.argocdUrl .app.metadata.name | toJson}},
  "color": "${color}",
  "fields": [
    {"title": "Sync", "value": {{.app.status.sync.status | default "Unknown" | toJson}}, "short": true},
    {"title": "Health", "value": {{.app.status.health.status | default "Unknown" | toJson}}, "short": true},
    {"title": "Revision", "value": {{.app.status.sync.revision | default "" | toJson}}, "short": true},
    {"title": "Repository", "value": {{with .app.spec.source}}{{.repoURL | toJson}}{{else}}"{{len .app.spec.sources}} sources"{{end}}, "short": true}
  ]
}]`,
    },
  }
}

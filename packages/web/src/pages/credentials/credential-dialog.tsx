import { useId, useState } from 'react'
import { ApiError } from '../../client/http.ts'
import { credentialsApi } from '../../client/credentials.ts'
import { type CredentialDraft, draftProblems, emptyDraft, fieldsOf, methods } from '../../facts/credential-form.ts'
import { keptRepositoriesQuery, templatesQuery } from '../../loaders/credentials.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Segmented } from '../../parts/segmented.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { TextField } from '../people/text-field.tsx'
import { SecretArea } from './secret-area.tsx'

/** Keeps a repository, which is tried first, or a credential template. What is there already is replaced where somebody says so. */
export function CredentialDialog({ isTemplate, onClose }: { isTemplate: boolean; onClose: () => void }) {
  const words = useWords()
  const w = words.credentials
  const f = w.fields
  const id = useId()
  const [draft, setDraft] = useState(() => emptyDraft(isTemplate))
  const [isTried, setTried] = useState(false)
  const problems = draftProblems(draft)
  const set = <Name extends keyof CredentialDraft>(name: Name, value: CredentialDraft[Name]) =>
    setDraft((one) => ({ ...one, [name]: value }))
  const problemOf = (name: keyof CredentialDraft) => {
    const problem = problems[name]
    return isTried && problem ? f.problems[problem] : undefined
  }
  const [isThere, setThere] = useState(false)
  const { isBusy, error, submit } = useSubmit(async () => {
    try {
      const fields = fieldsOf(draft)
      await (isTemplate ? credentialsApi.saveTemplate(fields, isThere) : credentialsApi.connect(fields, isThere))
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 409) setThere(true)
      throw cause
    }
    await queryClient.invalidateQueries({ queryKey: (isTemplate ? templatesQuery : keptRepositoriesQuery).queryKey })
    if (isTemplate) void queryClient.invalidateQueries({ queryKey: keptRepositoriesQuery.queryKey })
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: isTemplate ? w.templateAdded(draft.url.trim()) : w.connected(draft.url.trim()) })
  }, onClose)
  const trySubmit = () => {
    setTried(true)
    if (Object.keys(problems).length === 0) submit()
  }
  const field = (
    name: keyof CredentialDraft & keyof typeof f.labels,
    options: { hint?: string; type?: 'password'; isFirst?: boolean } = {},
  ) => (
    <TextField
      key={name}
      label={f.labels[name]}
      value={String(draft[name])}
      onValue={(value) => {
        set(name, value as never)
        setThere(false)
      }}
      problem={problemOf(name)}
      {...options}
    />
  )
  const area = (name: 'sshPrivateKey' | 'githubAppPrivateKey' | 'tlsClientCertData' | 'tlsClientCertKey', hint?: string) => (
    <SecretArea
      label={f.labels[name]}
      value={draft[name]}
      onValue={(value) => set(name, value)}
      problem={problemOf(name)}
      {...(hint !== undefined && { hint })}
    />
  )
  return (
    <SubmitDialog
      title={isTemplate ? w.addTemplate : w.connect}
      submitLabel={isThere ? w.replace : isTemplate ? w.addSubmit : w.connectSubmit}
      icon="i-check"
      submission={{ isBusy, error, submit: trySubmit }}
      failed={isTemplate ? w.theAdding : w.theConnecting}
      onClose={onClose}
    >
      <div className="field">
        <span className="label">{f.type}</span>
        <Segmented
          label={f.type}
          value={draft.type}
          choices={(['git', 'helm', 'oci'] as const).map((value) => ({ value, label: w.types[value] }))}
          onChange={(value) => set('type', value)}
        />
      </div>
      {field('url', { hint: isTemplate ? f.prefixHint : f.urlHints[draft.type], isFirst: true })}
      {!isTemplate && field('name', { hint: draft.type === 'helm' ? f.nameHelmHint : f.nameHint })}
      <div className="field">
        <label htmlFor={`${id}-method`}>{f.method}</label>
        <select
          id={`${id}-method`}
          className="input"
          value={draft.method}
          onChange={(event) => set('method', methods.find((one) => one === event.target.value) ?? 'none')}
        >
          {methods.map((one) => (
            <option key={one} value={one}>
              {w.methods[one]}
            </option>
          ))}
        </select>
        {draft.method === 'none' && <span className="hint">{f.noneHint}</span>}
      </div>
      {draft.method === 'password' && (
        <>
          {field('username')}
          {field('password', { type: 'password', hint: f.passwordHint })}
        </>
      )}
      {draft.method === 'token' && field('bearerToken', { type: 'password' })}
      {draft.method === 'ssh' && area('sshPrivateKey', f.sshHint)}
      {draft.method === 'github-app' && (
        <>
          {field('githubAppID')}
          {field('githubAppInstallationID', { hint: f.installationHint })}
          {field('githubAppEnterpriseBaseUrl', { hint: f.enterpriseHint })}
          {area('githubAppPrivateKey')}
        </>
      )}
      <details>
        <summary className="link">{f.more}</summary>
        <div className="more-fields">
          {!isTemplate && field('project', { hint: f.projectHint })}
          {field('proxy', { hint: f.proxyHint })}
          {field('noProxy', { hint: f.noProxyHint })}
          {area('tlsClientCertData')}
          {area('tlsClientCertKey')}
          {!isTemplate && (
            <label className="choice">
              <input type="checkbox" checked={draft.insecure} onChange={(event) => set('insecure', event.target.checked)} />
              <span>{f.insecure}</span>
            </label>
          )}
        </div>
      </details>
    </SubmitDialog>
  )
}

import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useId, useMemo, useState, type ReactNode, type SyntheticEvent } from 'react'
import { stringify } from 'yaml'
import { api } from '../../client/api.ts'
import { fleet } from '../../client/fleet.ts'
import { useFleet } from '../../loaders/fleet.ts'
import { clustersQuery, settingsQuery } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { checkDraft, emptyDraft, readApplication, toApplication, type Draft, type Problems } from './draft.ts'

const YamlEditor = lazy(() => import('./yaml-editor.tsx').then((one) => ({ default: one.YamlEditor })))

/** A form for what most need, and YAML for everything. The YAML begins with what the form says. */
export function NewApplication() {
  const words = useWords()
  const w = words.create
  usePageTitle(w.title)
  const navigate = useNavigate()
  const mode = useLocation({ select: (one) => (one.hash === 'yaml' ? 'yaml' : 'form') })
  const [draft, setDraft] = useState(emptyDraft)
  const [yaml, setYaml] = useState(() => stringify(toApplication({ ...emptyDraft, name: 'my-application', namespace: 'my-application' })))
  const [isChecked, setChecked] = useState(false)
  const [upsert, setUpsert] = useState(false)

  const problems = checkDraft(draft, words)
  const read = useMemo(() => (mode === 'yaml' ? readApplication(yaml, words) : undefined), [mode, yaml, words])
  const yamlProblem = read && 'problem' in read ? read.problem : undefined
  const isReady = mode === 'form' ? Object.keys(problems).length === 0 : yamlProblem === undefined

  const { isBusy, error, submit } = useSubmit(
    async () => {
      const application = read && 'application' in read ? read.application : toApplication(draft)
      const created = await api.createApplication(application, upsert)
      fleet.put(created)
      toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: words.app.toast.created(created.metadata.name) })
      await navigate({
        to: '/applications/$namespace/$name',
        params: { namespace: created.metadata.namespace ?? 'argocd', name: created.metadata.name },
      })
    },
    () => {},
  )
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isReady) submit()
    else (event.currentTarget as HTMLElement).querySelector<HTMLElement>('.invalid input')?.focus()
  }
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }))
  const switchTo = (next: 'form' | 'yaml') => {
    if (next === 'yaml' && draft.name) setYaml(stringify(toApplication(draft)))
    void navigate({ to: '/applications/new', hash: next === 'yaml' ? 'yaml' : '', replace: true })
  }

  return (
    <form className="new-application" onSubmit={onSubmit} noValidate>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>{w.title}</h1>
          </div>
          <p className="lede">{w.lede}</p>
        </div>
        <div className="actions">
          <Segmented
            label={w.how}
            value={mode}
            choices={[
              { value: 'form', label: w.form },
              { value: 'yaml', label: w.yaml },
            ]}
            onChange={switchTo}
          />
        </div>
      </div>
      {error !== undefined && <Failure title={words.failure.title.act(w.failed)} error={error} />}
      {mode === 'form' ? (
        <DraftForm draft={draft} problems={isChecked ? problems : {}} onChange={change} />
      ) : (
        <div className="field">
          <div className="diff-frame">
            <Suspense fallback={<Bones lines={12} />}>
              <YamlEditor text={yaml} label={w.editor} onChange={setYaml} />
            </Suspense>
          </div>
          {yamlProblem !== undefined && (
            <span className="problem" role="alert">
              <Icon name="g-degraded" />
              <span className="said">{yamlProblem}</span>
            </span>
          )}
        </div>
      )}
      <div className="form-foot">
        <Choice checked={upsert} onChange={setUpsert}>
          {w.upsert}
        </Choice>
        <Button onClick={() => void navigate({ to: '/applications' })}>{words.common.cancel}</Button>
        <Button type="submit" look="primary" icon="i-plus" busy={isBusy} onClick={onSubmit}>
          {w.submit}
        </Button>
      </div>
    </form>
  )
}

function DraftForm({ draft, problems, onChange }: { draft: Draft; problems: Problems; onChange: (next: Partial<Draft>) => void }) {
  const words = useWords()
  const w = words.create
  const id = useId()
  const { data } = useQuery(clustersQuery)
  const { data: settings } = useQuery(settingsQuery)
  const { apps } = useFleet()
  const clusters = data?.items ?? []
  const repos = [...new Set(apps.map((one) => one.repoURL))].toSorted().slice(0, 100)
  const projects = [...new Set(['default', ...apps.map((one) => one.project)])].toSorted().slice(0, 100)
  const text = (
    field: 'name' | 'project' | 'repoURL' | 'path' | 'revision' | 'namespace',
    label: string,
    hint?: ReactNode,
    list?: string,
    placeholder?: string,
  ) => (
    <div className="field">
      <label htmlFor={`${id}-${field}`}>{label}</label>
      <span className={problems[field] ? 'input invalid' : 'input'}>
        <input
          id={`${id}-${field}`}
          className="mono"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          list={list}
          placeholder={placeholder}
          value={draft[field]}
          aria-invalid={problems[field] !== undefined || undefined}
          aria-describedby={problems[field] !== undefined ? `${id}-${field}-problem` : undefined}
          onChange={(event) => onChange({ [field]: event.target.value })}
        />
      </span>
      {problems[field] !== undefined ? (
        <span className="problem" id={`${id}-${field}-problem`} role="alert">
          <Icon name="g-degraded" />
          <span>{problems[field]}</span>
        </span>
      ) : (
        hint && <span className="hint">{hint}</span>
      )}
    </div>
  )
  const gitUrl = typeof settings?.gitUrl === 'string' ? settings.gitUrl.replace(/NAME\.git$/, '').replace(/\/$/, '') : undefined
  return (
    <>
      <FormSection title={w.general}>
        {text('name', w.name, w.nameHint)}
        {text('project', w.project, undefined, `${id}-projects`)}
      </FormSection>
      <FormSection title={w.source}>
        {text('repoURL', w.repo, w.repoHint, `${id}-repos`, gitUrl && `${gitUrl}/demo.git`)}
        {text('path', w.path, w.pathHint)}
        {text('revision', w.revision, w.revisionHint)}
        <div className="field align-end">
          <Choice checked={draft.recurse} onChange={(recurse) => onChange({ recurse })}>
            {w.recurse}
          </Choice>
        </div>
      </FormSection>
      <FormSection title={w.destination}>
        <div className="field">
          <label htmlFor={`${id}-cluster`}>{w.cluster}</label>
          <select
            id={`${id}-cluster`}
            className="input"
            value={draft.server}
            onChange={(event) => onChange({ server: event.target.value })}
          >
            {clusters.every((one) => one.server !== draft.server) && <option value={draft.server}>{draft.server}</option>}
            {clusters.map((one) => (
              <option key={one.server} value={one.server}>
                {one.name}
              </option>
            ))}
          </select>
        </div>
        {text('namespace', w.namespace)}
      </FormSection>
      <FormSection title={w.automation}>
        <Choice checked={draft.automated} onChange={(automated) => onChange({ automated })} hint={w.autoHint}>
          {w.auto}
        </Choice>
        <Choice
          checked={draft.automated && draft.prune}
          disabled={!draft.automated}
          onChange={(prune) => onChange({ prune })}
          hint={draft.automated ? w.pruneHint : w.needsAuto}
        >
          {w.prune}
        </Choice>
        <Choice
          checked={draft.automated && draft.selfHeal}
          disabled={!draft.automated}
          onChange={(selfHeal) => onChange({ selfHeal })}
          hint={draft.automated ? w.selfHealHint : w.needsAuto}
        >
          {w.selfHeal}
        </Choice>
        <Choice checked={draft.createNamespace} onChange={(createNamespace) => onChange({ createNamespace })}>
          {w.createNamespace}
        </Choice>
      </FormSection>
      <datalist id={`${id}-repos`}>
        {repos.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <datalist id={`${id}-projects`}>
        {projects.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  )
}

function FormSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="form-section">
      <legend>{title}</legend>
      <div className="field-grid">{children}</div>
    </fieldset>
  )
}

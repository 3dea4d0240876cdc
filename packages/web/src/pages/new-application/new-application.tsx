import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useId, useMemo, useState, type ReactNode, type SyntheticEvent } from 'react'
import { stringify } from 'yaml'
import { controlPlane } from '../../facts/application-name.ts'
import { api } from '../../client/api.ts'
import { choicesQuery } from '../../loaders/fleet.ts'
import { clustersQuery, settingsQuery } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Choice } from '../dialogs/choice.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { checkDraft, emptyDraft, readApplication, toApplication, toolOf, type Draft, type Problems } from './draft.ts'

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
      toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: words.app.toast.created(created.metadata.name) })
      await navigate({
        to: '/applications/$namespace/$name',
        params: { namespace: created.metadata.namespace ?? controlPlane, name: created.metadata.name },
      })
    },
    () => {},
  )
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isReady) submit()
    else (event.currentTarget as HTMLElement).querySelector<HTMLElement>('.invalid input, textarea.invalid')?.focus()
  }
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }))
  const switchTo = (next: 'form' | 'yaml') => {
    if (next === 'yaml' && draft.name) setYaml(stringify(toApplication(draft)))
    void navigate({ to: '/applications/new', hash: next === 'yaml' ? 'yaml' : '', replace: true })
  }

  return (
    <form className="new-application" onSubmit={onSubmit} noValidate>
      <PageHead title={w.title} lede={w.lede}>
        <Segmented
          label={w.how}
          value={mode}
          choices={[
            { value: 'form', label: w.form },
            { value: 'yaml', label: w.yaml },
          ]}
          onChange={switchTo}
        />
      </PageHead>
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
  const { data: choices } = useQuery(choicesQuery)
  const clusters = data?.items ?? []
  const repos = (choices?.repositories ?? []).map(({ value }) => value).toSorted()
  const projects = [...new Set(['default', ...(choices?.projects ?? []).map(({ value }) => value)])].toSorted()
  const below = (field: keyof Draft, hint?: ReactNode) =>
    problems[field] !== undefined ? (
      <span className="problem" id={`${id}-${field}-problem`} role="alert">
        <Icon name="g-degraded" />
        <span>{problems[field]}</span>
      </span>
    ) : (
      hint && <span className="hint">{hint}</span>
    )
  const lines = (
    field: 'valueFiles' | 'values' | 'parameters' | 'images',
    label: string,
    hint: string,
    rows: number,
    placeholder?: string,
  ) => (
    <div className={field === 'values' ? 'field whole-row' : 'field'}>
      <label htmlFor={`${id}-${field}`}>{label}</label>
      <textarea
        id={`${id}-${field}`}
        className={problems[field] ? 'input mono invalid' : 'input mono'}
        rows={rows}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder={placeholder}
        value={draft[field]}
        aria-invalid={problems[field] !== undefined || undefined}
        aria-describedby={problems[field] !== undefined ? `${id}-${field}-problem` : undefined}
        onChange={(event) => onChange({ [field]: event.target.value })}
      />
      {below(field, hint)}
    </div>
  )
  const text = (
    field: 'name' | 'project' | 'repoURL' | 'path' | 'revision' | 'chart' | 'version' | 'namespace',
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
      {below(field, hint)}
    </div>
  )
  const tool = toolOf(draft)
  const gitUrl = typeof settings?.gitUrl === 'string' ? settings.gitUrl.replace(/NAME\.git$/, '').replace(/\/$/, '') : undefined
  return (
    <>
      <FormSection title={w.general}>
        {text('name', w.name, w.nameHint)}
        {text('project', w.project, undefined, `${id}-projects`)}
      </FormSection>
      <FormSection title={w.source}>
        <div className="field whole-row">
          <span className="label">{w.from}</span>
          <span>
            <Segmented
              label={w.from}
              value={draft.from}
              choices={[
                { value: 'folder', label: w.folder },
                { value: 'chart', label: w.chartOf },
              ]}
              onChange={(from) => onChange({ from })}
            />
          </span>
        </div>
        {draft.from === 'folder' ? (
          <>
            {text('repoURL', w.repo, w.repoHint, `${id}-repos`, gitUrl && `${gitUrl}/demo.git`)}
            {text('path', w.path, w.pathHint)}
            {text('revision', w.revision, w.revisionHint)}
            <div className="field">
              <label htmlFor={`${id}-tool`}>{w.tool}</label>
              <select
                id={`${id}-tool`}
                className="input"
                value={draft.tool}
                onChange={(event) => onChange({ tool: event.target.value as Draft['tool'] })}
              >
                {(['auto', 'helm', 'kustomize'] as const).map((one) => (
                  <option key={one} value={one}>
                    {w.tools[one]}
                  </option>
                ))}
              </select>
            </div>
            {tool === 'auto' && (
              <div className="field">
                <Choice checked={draft.recurse} onChange={(recurse) => onChange({ recurse })}>
                  {w.recurse}
                </Choice>
              </div>
            )}
          </>
        ) : (
          <>
            {text('repoURL', w.repo, w.chartRepoHint, `${id}-repos`, 'https://charts.example')}
            {text('chart', w.chart, w.chartHint)}
            {text('version', w.version, w.versionHint, undefined, '*')}
          </>
        )}
      </FormSection>
      {tool === 'helm' && (
        <FormSection title={w.rendering}>
          <div className="field">
            <label htmlFor={`${id}-helm`}>{w.helmVersion}</label>
            <select
              id={`${id}-helm`}
              className="input"
              value={draft.helmVersion}
              onChange={(event) => onChange({ helmVersion: event.target.value === 'v4' ? 'v4' : 'v3' })}
            >
              <option value="v3">Helm 3.18</option>
              <option value="v4">Helm 4.1</option>
            </select>
          </div>
          {lines('valueFiles', w.valueFiles, w.valueFilesHint, 3, 'values-production.yaml')}
          {lines('parameters', w.parameters, w.parametersHint, 3, 'image.tag=1.4.2')}
          {lines('values', w.values, w.valuesHint, 8, 'image:\n  tag: "1.4.2"')}
        </FormSection>
      )}
      {tool === 'kustomize' && (
        <FormSection title={w.rendering}>{lines('images', w.images, w.imagesHint, 4, 'web=registry.example/web:1.4.2')}</FormSection>
      )}
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

import type { AppProject, AppProjectSpec } from '@plimsoll/api'
import { useState } from 'react'
import { parse } from 'yaml'
import { projectsApi } from '../../client/projects.ts'
import { toYaml } from '../../facts/manifest.ts'
import { projectsQuery } from '../../loaders/projects.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Problem } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { YamlEditor } from '../new-application/yaml-editor.tsx'
import { TextField } from '../people/text-field.tsx'

const empty: AppProjectSpec = {
  description: '',
  sourceRepos: [],
  destinations: [{ server: 'https://kubernetes.default.svc', namespace: '' }],
  clusterResourceWhitelist: [],
}

/** Makes a project, or changes what one permits. Tokens are not among it. */
export function ProjectDialog({ project, onClose }: { project?: AppProject; onClose: () => void }) {
  const words = useWords()
  const w = words.projects
  const [name, setName] = useState('')
  const [text, setText] = useState(() => toYaml(project ? withoutTokens(project.spec) : empty))
  const [isTried, setTried] = useState(false)
  const spec = specIn(text)
  const isMissing = project === undefined && name.trim() === ''
  const { isBusy, error, submit } = useSubmit(async () => {
    if (!spec) return
    if (project) await projectsApi.update({ ...project, spec })
    else await projectsApi.create({ metadata: { name: name.trim() }, spec })
    void queryClient.invalidateQueries({ queryKey: projectsQuery.queryKey })
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: project ? w.saved(project.metadata.name) : w.created(name.trim()) })
  }, onClose)
  const trySubmit = () => {
    setTried(true)
    if (!isMissing && spec) submit()
  }
  return (
    <SubmitDialog
      wide
      title={project ? <Prose of={w.editTitle(project.metadata.name)} /> : w.create}
      submitLabel={project ? w.save : w.createSubmit}
      icon="i-check"
      submission={{ isBusy, error, submit: trySubmit }}
      failed={project ? w.failed.save : w.failed.create}
      onClose={onClose}
    >
      {!project && (
        <TextField
          label={w.name}
          value={name}
          onValue={setName}
          hint={w.nameHint}
          problem={isTried && isMissing ? w.needName : undefined}
          isFirst
        />
      )}
      {isTried && !spec && <Problem tone="bad" title={w.notYaml} />}
      <div className="field">
        <span className="label">{w.spec}</span>
        <YamlEditor text={text} label={w.spec} onChange={setText} />
      </div>
    </SubmitDialog>
  )
}

function specIn(text: string): AppProjectSpec | undefined {
  try {
    const spec: unknown = parse(text)
    return typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? (spec as AppProjectSpec) : undefined
  } catch {
    return undefined
  }
}

function withoutTokens(spec: AppProjectSpec): AppProjectSpec {
  return { ...spec, ...(spec.roles && { roles: spec.roles.map(({ jwtTokens: _tokens, ...role }) => role) }) }
}

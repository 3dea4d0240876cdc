import { useDeferredValue, useMemo, useState } from 'react'
import { iconOf } from '../../../facts/kind.ts'
import { parseObject, pickText, toYaml, type JsonObject } from '../../../facts/manifest.ts'
import { Button } from '../../../parts/button.tsx'
import { CodeView } from '../../../parts/code-view.tsx'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { useWords } from '../../../words/index.tsx'

interface Manifest {
  key: string
  kind: string
  name: string
  namespace: string
  object: JsonObject
  searched: string
}

/** So many rows are drawn; some applications have thousands. */
const shownFirst = 150

/** What would be applied, by kind and name, in the order of the sources. */
export function Manifests({ texts }: { texts: readonly string[] }) {
  const words = useWords()
  const w = words.source
  const all = useMemo(() => texts.flatMap(read), [texts])
  const [text, setText] = useState('')
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [isWhole, setWhole] = useState(false)
  const searched = useDeferredValue(text.trim().toLowerCase())
  const found = useMemo(() => {
    const parts = searched.split(/\s+/).filter(Boolean)
    return parts.length === 0 ? all : all.filter((one) => parts.every((part) => one.searched.includes(part)))
  }, [all, searched])
  if (all.length === 0) {
    return (
      <>
        <ManifestsHead />
        <Empty title={w.noManifests} icon="i-k-object" bare>
          <p>{w.noManifestsText}</p>
        </Empty>
      </>
    )
  }
  const shown = isWhole ? found : found.slice(0, shownFirst)
  const isOpen = (one: Manifest) => opened.has(one.key)
  const areAllOpen = shown.length > 0 && shown.every(isOpen)
  const toggle = (key: string) =>
    setOpened((before) => (before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key])))
  return (
    <>
      <ManifestsHead count={w.countManifests(found.length, all.length)} />
      <div className="source-bar">
        <label className="input">
          <span className="visually-hidden">{w.findManifests}</span>
          <Icon name="i-search" />
          <input
            type="search"
            placeholder={w.findManifestsHint}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setText('')
            }}
          />
        </label>
        <span className="end">
          <Button small look="ghost" onClick={() => setOpened(areAllOpen ? new Set() : new Set(shown.map((one) => one.key)))}>
            {areAllOpen ? w.closeAll : w.openAll}
          </Button>
          <CopyAll manifests={found} />
        </span>
      </div>
      {found.length === 0 ? (
        <p className="muted nothing-found">
          {w.noManifestMatch}.{' '}
          <button type="button" className="link" onClick={() => setText('')}>
            {w.clear}
          </button>
        </p>
      ) : (
        <ul className="manifests">
          {shown.map((one) => (
            <OneManifest key={one.key} one={one} isOpen={isOpen(one)} onToggle={() => toggle(one.key)} />
          ))}
        </ul>
      )}
      {found.length > shown.length && (
        <button type="button" className="link show-all" onClick={() => setWhole(true)}>
          {w.showAll(found.length)}
        </button>
      )}
      {found.some((one) => one.kind === 'Secret') && <p className="muted small">{w.masked}</p>}
    </>
  )
}

export function ManifestsHead({ count }: { count?: string }) {
  const w = useWords().source
  return (
    <div className="section-head">
      <h2 id="manifests">{w.manifests}</h2>
      <p>{w.manifestsText}</p>
      {count !== undefined && (
        <span className="end muted num" role="status">
          {count}
        </span>
      )}
    </div>
  )
}

function OneManifest({ one, isOpen, onToggle }: { one: Manifest; isOpen: boolean; onToggle: () => void }) {
  const words = useWords()
  return (
    <li className={isOpen ? 'manifest open' : 'manifest'}>
      <div className="manifest-head">
        <button type="button" aria-expanded={isOpen} onClick={onToggle}>
          <Icon name="i-right" className="twister" />
          <Icon name={iconOf(one.kind)} className="kind" />
          <span className="clip">
            {one.kind} <code className="name">{one.name}</code> {one.namespace && <span className="muted">{one.namespace}</span>}
          </span>
        </button>
        {isOpen && <CopyYaml object={one.object} />}
      </div>
      {isOpen && <Yaml one={one} label={words.inspector.manifestOf(one.kind, one.name)} />}
    </li>
  )
}

function Yaml({ one, label }: { one: Manifest; label: string }) {
  const yaml = useMemo(() => toYaml(one.object), [one.object])
  return <CodeView text={yaml} label={label} />
}

function CopyYaml({ object }: { object: JsonObject }) {
  const yaml = useMemo(() => toYaml(object), [object])
  return <CopyButton text={yaml} />
}

/** The text is made when it is asked for: of a large application it is megabytes. */
function CopyAll({ manifests }: { manifests: readonly Manifest[] }) {
  const words = useWords()
  const [isDone, setDone] = useState(false)
  return (
    <Button
      small
      look="ghost"
      icon={isDone ? 'i-check' : 'i-copy'}
      onBlur={() => setDone(false)}
      onClick={() => {
        navigator.clipboard.writeText(manifests.map((one) => toYaml(one.object)).join('\n---\n')).then(
          () => setDone(true),
          () => {},
        )
      }}
    >
      {isDone ? words.common.copied : words.source.copyAll}
    </Button>
  )
}

function read(text: string, index: number): Manifest[] {
  const object = parseObject(text)
  if (!object) return []
  const kind = pickText(object, 'kind')
  const name = pickText(object, 'metadata', 'name') || pickText(object, 'metadata', 'generateName')
  const namespace = pickText(object, 'metadata', 'namespace')
  return [
    {
      key: `${index} ${kind} ${namespace} ${name}`,
      kind,
      name,
      namespace,
      object,
      searched: `${kind} ${name} ${namespace} ${text}`.toLowerCase(),
    },
  ]
}

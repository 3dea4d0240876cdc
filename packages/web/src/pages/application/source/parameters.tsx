import { useDeferredValue, useMemo, useState } from 'react'
import type { ParameterOrigin, SourceRendering } from '../../../client/rendering.ts'
import {
  countOrigins,
  filterParameters,
  originKey,
  showParameter,
  specParameters,
  type OriginKey,
  type ShownParameter,
} from '../../../facts/parameters.ts'
import type { SourceAt } from '../../../facts/sources.ts'
import { Icon } from '../../../parts/icon.tsx'
import { Menu, MenuCheck } from '../../../parts/menu.tsx'
import { useWords } from '../../../words/index.tsx'
import type { Words } from '../../../words/en.ts'

/** So many rows are drawn; a large chart has thousands. */
const shownFirst = 80

/** Values of a chart leaf by leaf with their origin, or what the Application adds to another kind of source. */
export function Parameters({ source, rendering }: { source: SourceAt; rendering: SourceRendering }) {
  const words = useWords()
  const w = words.source
  const isChart = rendering.sourceType === 'Helm'
  const parameters = useMemo(
    () => (isChart ? (rendering.details?.parameters ?? []) : specParameters(rendering.source)).map(showParameter),
    [isChart, rendering],
  )
  const origins = useMemo(() => countOrigins(parameters), [parameters])
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<OriginKey>>(new Set())
  const [isWhole, setWhole] = useState(false)
  const searched = useDeferredValue(text)
  const found = useMemo(() => filterParameters(parameters, searched, chosen), [parameters, searched, chosen])
  const shown = isWhole ? found : found.slice(0, shownFirst)
  const toggle = (key: OriginKey) =>
    setChosen((before) => (before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key])))
  if (source.isReference) return null

  const nameOf = (origin: ParameterOrigin, file: string) => (origin === 'file' && file ? file : w.origins[origin])
  return (
    <section className="source-part" aria-labelledby="parameters">
      <div className="section-head">
        <h2 id="parameters">{isChart ? w.parameters : w.settings}</h2>
        <p>{isChart ? w.parametersText : w.settingsText}</p>
        {isChart && parameters.length > 0 && (
          <span className="end muted num" role="status">
            {w.count(found.length, parameters.length)}
          </span>
        )}
      </div>
      {parameters.length === 0 ? (
        <p className="muted">
          {isChart ? w.noParameters : rendering.sourceType ? w.noSettings[rendering.sourceType as keyof typeof w.noSettings] : ''}
        </p>
      ) : (
        <>
          {isChart && (
            <div className="source-bar" role="search">
              <label className="input">
                <span className="visually-hidden">{w.filterParameters}</span>
                <Icon name="i-search" />
                <input
                  type="search"
                  data-key="/"
                  placeholder={w.filterParametersHint}
                  value={text}
                  onChange={(event) => setText(event.target.value)}
                  onKeyDown={(event) => {
                    if (event.key !== 'Escape') return
                    setText('')
                    event.currentTarget.blur()
                  }}
                />
                <kbd>/</kbd>
              </label>
              {origins
                .filter((one) => chosen.has(one.key))
                .map((one) => (
                  <button
                    key={one.key}
                    type="button"
                    className="chip on"
                    aria-label={words.common.remove(w.chip(nameOf(one.origin, one.file)))}
                    onClick={() => toggle(one.key)}
                  >
                    {w.chip(nameOf(one.origin, one.file))}
                    <Icon name="i-x" />
                  </button>
                ))}
              <Menu
                align="start"
                label={w.origin}
                trigger={
                  <button type="button" className="chip">
                    <Icon name="i-plus" />
                    {w.origin}
                  </button>
                }
              >
                {origins.map((one) => (
                  <MenuCheck key={one.key} checked={chosen.has(one.key)} onChange={() => toggle(one.key)} count={one.count}>
                    {nameOf(one.origin, one.file)}
                  </MenuCheck>
                ))}
              </Menu>
            </div>
          )}
          {found.length === 0 ? (
            <p className="muted nothing-found">
              {w.noMatch}.{' '}
              <button
                type="button"
                className="link"
                onClick={() => {
                  setText('')
                  setChosen(new Set())
                }}
              >
                {w.clear}
              </button>
            </p>
          ) : (
            <ParameterTable rows={shown} withOrigin={isChart} />
          )}
          {found.length > shown.length && (
            <button type="button" className="link show-all" onClick={() => setWhole(true)}>
              {w.showAll(found.length)}
            </button>
          )}
        </>
      )}
    </section>
  )
}

function ParameterTable({ rows, withOrigin }: { rows: readonly ShownParameter[]; withOrigin: boolean }) {
  const words = useWords()
  const w = words.source
  return (
    <table className={withOrigin ? 'parameters' : 'parameters two'} role="table" aria-label={withOrigin ? w.parameters : w.settings}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            {w.columns.name}
          </th>
          <th role="columnheader" scope="col">
            {w.columns.value}
          </th>
          {withOrigin && (
            <th role="columnheader" scope="col">
              {w.columns.origin}
            </th>
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((one) => (
          <ParameterRow key={`${one.name} ${originKey(one)}`} one={one} withOrigin={withOrigin} words={words} />
        ))}
      </tbody>
    </table>
  )
}

function ParameterRow({ one, withOrigin, words }: { one: ShownParameter; withOrigin: boolean; words: Words }) {
  const w = words.source
  const [isOpen, setOpen] = useState(false)
  const at = one.name.search(/[^.\\]+$/)
  const isDefault = one.origin === 'chart'
  return (
    <tr role="row" className={isDefault ? 'default' : undefined}>
      <td role="cell" className="p-name">
        <code>
          <span className="muted">{one.name.slice(0, Math.max(at, 0))}</span>
          {one.name.slice(Math.max(at, 0))}
        </code>
      </td>
      <td role="cell" className="p-value">
        {one.whole !== undefined && isOpen ? <pre>{one.whole}</pre> : <code className={one.isEmpty ? 'muted' : undefined}>{one.line}</code>}
        {one.whole !== undefined && (
          <button type="button" className="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? w.less : w.whole(one.whole.split('\n').length)}
          </button>
        )}
      </td>
      {withOrigin && (
        <td role="cell" className="p-origin" title={one.file || w.originTitles[one.origin]}>
          {one.origin === 'file' && one.file ? <code>{lastOf(one.file)}</code> : w.origins[one.origin]}
        </td>
      )}
    </tr>
  )
}

/** Of a path the file: its folder is that of the chart most often, and in the title always. */
function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

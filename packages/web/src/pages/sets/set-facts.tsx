import type { ApplicationSet } from '@plimsoll/api'
import { Fragment } from 'react'
import { firstLine } from '../../facts/condition.ts'
import { generatorsOf, healthCounts, pendingOf, troublesOf, type GeneratorFacts } from '../../facts/set-look.ts'
import { healthLook } from '../../facts/tone.ts'
import { Glyph } from '../../parts/icon.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'

/** What a set is made from: each kind of generator with what it asks. */
export function Generators({ of: set }: { of: ApplicationSet }) {
  const w = useWords().sets
  const generators = generatorsOf(set)
  if (generators.length === 0) return <span className="muted">{w.noGenerator}</span>
  return (
    <ul className="generators">
      {generators.map((one, index) => (
        <li key={index}>
          <GeneratorLine of={one} />
        </li>
      ))}
    </ul>
  )
}

function GeneratorLine({ of: { kind, place, inner } }: { of: GeneratorFacts }) {
  const w = useWords().sets
  return (
    <>
      {kind === undefined ? w.noGenerator : w.kinds[kind]} {place !== '' && <code>{place}</code>}
      {inner.map((one, index) => (
        <Fragment key={index}>
          {index > 0 && ` ${w.and} `}
          <GeneratorLine of={one} />
        </Fragment>
      ))}
    </>
  )
}

/** How many applications it has, and how many of them are not well. */
export function Counts({ of: set }: { of: ApplicationSet }) {
  const { words, format } = useLanguage()
  const all = set.status?.resourcesCount ?? 0
  const counts = healthCounts(set)
  return (
    <span className="set-counts">
      <span className={all === 0 ? 'num muted' : 'num'}>{format.number(all)}</span>
      {counts.map(({ health, count }) => (
        <span key={health} className="set-count" title={words.sets.byHealth(count, health)}>
          <Glyph look={healthLook[health]} />
          {counts.length > 1 && <span className="num">{format.number(count)}</span>}
          <span className="visually-hidden">{health}</span>
        </span>
      ))}
    </span>
  )
}

/** One line on what is wrong, or waits. Nothing where all is well. */
export function SetWhy({ of: set }: { of: ApplicationSet }) {
  const w = useWords().sets
  const pending = pendingOf(set)
  const [trouble] = troublesOf(set)
  const text = pending ? w.heldLine(pending.names.length, pending.of) : trouble && firstLine(trouble.what)
  return text === undefined ? null : <span className="line muted small said">{text}</span>
}

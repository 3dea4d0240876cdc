import type { HealthStatusCode, OperationPhase, SyncStatusCode } from '@plimsoll/api'
import { healthLook, phaseLook, syncLook, type Look } from '../facts/tone.ts'
import { Glyph } from './icon.tsx'

/** Shape, word, colour. The word is the API's own and is the same in every language. */
export function Status({ look, word }: { look: Look; word: string }) {
  return (
    <span className="status">
      <Glyph look={look} />
      {word}
    </span>
  )
}

export function Health({ of: status }: { of: HealthStatusCode }) {
  return <Status look={healthLook[status]} word={status} />
}

export function Sync({ of: status }: { of: SyncStatusCode }) {
  return <Status look={syncLook[status]} word={status} />
}

export function Phase({ of: phase }: { of: OperationPhase }) {
  return <Status look={phaseLook[phase]} word={phase} />
}

export function Badge({ look, word }: { look: Look; word: string }) {
  return (
    <span className={`badge tone-${look.tone}`}>
      <svg className={`icon glyph${look.turning ? ' turning' : ''}`} aria-hidden="true">
        <use href={`#${look.glyph}`} />
      </svg>
      {word}
    </span>
  )
}

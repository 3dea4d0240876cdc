import type { Look, Tone } from '../facts/tone.ts'
import type { IconName } from './icon-sprite.tsx'

/** Decoration: the word beside it, or the label of its button, says what it means. */
export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg className={`icon ${className}`} aria-hidden="true">
      <use href={`#${name}`} />
    </svg>
  )
}

export function Glyph({ look, tone }: { look: Look; tone?: Tone }) {
  return <Icon name={look.glyph} className={`glyph tone-${tone ?? look.tone}${look.turning ? ' turning' : ''}`} />
}

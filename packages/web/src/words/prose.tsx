import type { ReactNode } from 'react'
import type { Sentence } from './say.ts'

/** Draws a sentence. Text stays text, whatever it holds. */
export function Prose({ of: sentence }: { of: Sentence }): ReactNode {
  return sentence.map((part, index) =>
    typeof part === 'string' ? part : 'code' in part ? <code key={index}>{part.code}</code> : <strong key={index}>{part.strong}</strong>,
  )
}

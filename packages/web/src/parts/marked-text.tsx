import type { Range } from '../facts/intra-line.ts'

/** Text with parts of it marked. Nothing is read as markup. */
export function MarkedText({ text, marks }: { text: string; marks?: readonly Range[] | undefined }) {
  if (!marks || marks.length === 0) return text
  return (
    <>
      {marks.map(([from, to], index) => (
        <span key={from}>
          {text.slice(marks[index - 1]?.[1] ?? 0, from)}
          <mark>{text.slice(from, to)}</mark>
        </span>
      ))}
      {text.slice(marks.at(-1)?.[1] ?? 0)}
    </>
  )
}

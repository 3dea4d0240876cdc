import { CopyButton } from '../../../parts/copy-button.tsx'
import { useWords } from '../../../words/index.tsx'

/** NOTES.txt of a chart, as text: nothing in it is read as markup. */
export function Notes({ text }: { text: string }) {
  const w = useWords().source
  return (
    <section className="source-part" aria-labelledby="notes">
      <div className="section-head">
        <h2 id="notes">{w.notes}</h2>
        <p>{w.notesText}</p>
        <span className="end">
          <CopyButton text={text} />
        </span>
      </div>
      <pre className="notes" tabIndex={0}>
        {text.trim()}
      </pre>
    </section>
  )
}

import { yaml } from '@codemirror/lang-yaml'
import { EditorState } from '@codemirror/state'
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'

/** Two spaces for Tab, as YAML wants them. Escape, then Tab leaves the editor. */
const indent = keymap.of([
  {
    key: 'Tab',
    run: (view) => {
      view.dispatch(view.state.update(view.state.replaceSelection('  '), { scrollIntoView: true, userEvent: 'input' }))
      return true
    },
  },
])

/** The theme's own colours: CodeMirror's rules stand outside of the layers of the style sheet and would win over it. */
const look = EditorView.theme({
  '&': { minHeight: '24rem', maxHeight: '70dvh', backgroundColor: 'var(--sunken)', color: 'var(--ink)', fontSize: 'var(--text-xs)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.1875rem' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { border: '0', backgroundColor: 'var(--sunken)', color: 'var(--ink-3)' },
  '.cm-specialChar': { color: 'var(--bad-text)' },
})

/** An editor for YAML. It keeps its own text; `onChange` tells of each change. */
export function YamlEditor({ text, label, onChange }: { text: string; label: string; onChange: (text: string) => void }) {
  const ref = useRef<HTMLDivElement>(null)
  const first = useRef(text)
  const latest = useRef(onChange)
  useEffect(() => {
    latest.current = onChange
  })
  useEffect(() => {
    const parent = ref.current
    if (!parent) return
    const view = new EditorView({
      parent,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          // The page's policy allows only style elements that carry its nonce (the server's `consolePolicy`).
          EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''),
          lineNumbers(),
          highlightSpecialChars(),
          yaml(),
          indent,
          look,
          EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current(update.state.doc.toString())
          }),
        ],
      }),
    })
    return () => view.destroy()
  }, [label])
  return <div className="yaml-editor" ref={ref} />
}

import { yaml } from '@codemirror/lang-yaml'
import { EditorState } from '@codemirror/state'
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'

/** Two spaces for Tab, as YAML wants them. Escape, then Tab leaves the editor. */
const indent = keymap.of([
  {
    key: 'Tab',
    run: ({ state, dispatch }) => {
      dispatch(state.update(state.replaceSelection('  '), { scrollIntoView: true, userEvent: 'input' }))
      return true
    },
  },
])

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

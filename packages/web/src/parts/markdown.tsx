import { Component, lazy, Suspense, type ReactNode } from 'react'

const MarkdownView = lazy(() => import('./markdown-view.tsx').then((one) => ({ default: one.MarkdownView })))

/** Longer, or with more signs that a reader of Markdown has to look ahead for, and it is shown as it was written. */
const longest = 100_000
const mostSigns = 4_000

/** Markdown that others wrote. Where it cannot be read, its text is shown as it is. */
export function Markdown({ text }: { text: string }) {
  const plain = <p className="plain-text">{text}</p>
  if (text.length > longest || (text.match(/[[\]*_<`>~]/g)?.length ?? 0) > mostSigns) return <div className="prose markdown">{plain}</div>
  return (
    <div className="prose markdown">
      <AsItIs key={text} instead={plain}>
        <Suspense fallback={plain}>
          <MarkdownView text={text} />
        </Suspense>
      </AsItIs>
    </div>
  )
}

class AsItIs extends Component<{ instead: ReactNode; children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    return this.state.hasFailed ? this.props.instead : this.props.children
  }
}

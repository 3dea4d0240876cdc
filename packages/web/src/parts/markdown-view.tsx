import type { ComponentProps } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { useWords } from '../words/index.tsx'
import { PathLink } from './path-link.tsx'

/**
 * Markdown drawn by React: HTML in it is left out, images are not asked for, links lead to web pages or into the console. Ids are not
 * carried over, because a page holds many texts. Headings stay below the page's own.
 */
export function MarkdownView({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={plugins} components={components} skipHtml urlTransform={same}>
      {text}
    </ReactMarkdown>
  )
}

const plugins = [remarkGfm]
/** What a link may lead to is decided where it is drawn. */
const same = (url: string) => url

const components: Components = {
  a: ({ href, children }) => <PathLink to={href}>{children}</PathLink>,
  img: Image,
  h1: ({ children }) => <h4>{children}</h4>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
  h6: ({ children }) => <h6>{children}</h6>,
  li: ({ children, className }) => <li className={className}>{children}</li>,
  section: ({ children }) => <div className="footnotes">{children}</div>,
  sup: ({ children }) => <sup>{children}</sup>,
  input: Box,
  pre: ({ children }) => (
    <pre tabIndex={0} role="region" aria-label="code">
      {children}
    </pre>
  ),
  table: ({ children }) => (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="table">
      <table className="table compact markdown-table">{children}</table>
    </div>
  ),
}

/** An image of others would tell them who reads: its words stand in its place. */
function Image({ alt, src }: { alt?: string | undefined; src?: string | Blob | undefined }) {
  const words = useWords()
  const address = typeof src === 'string' ? src : undefined
  return (
    <span className="tag" title={address}>
      {words.pulls.image(alt ?? '')}
    </span>
  )
}

function Box({ checked }: ComponentProps<'input'>) {
  const words = useWords()
  return <input type="checkbox" checked={checked === true} disabled readOnly aria-label={checked ? words.pulls.done : words.pulls.toDo} />
}

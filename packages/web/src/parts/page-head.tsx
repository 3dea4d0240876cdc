import type { ReactNode } from 'react'

/** What a page is, in a sentence what it is for, and what can be done on it as a whole. */
export function PageHead({ title, lede, children }: { title: ReactNode; lede?: ReactNode; children?: ReactNode }) {
  return (
    <div className="page-head">
      <div className="titles">
        <div className="title">
          <h1>{title}</h1>
        </div>
        {lede !== undefined && <p className="lede">{lede}</p>}
      </div>
      {children !== undefined && <div className="actions">{children}</div>}
    </div>
  )
}

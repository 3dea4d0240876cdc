import { Link } from '@tanstack/react-router'
import { isHosted } from '../../facts/hosted.ts'

/** A commit of a repository that lives here leads to its files; of one elsewhere it is named only. */
export function CommitLink({ repository, commit }: { repository: string; commit: string }) {
  const short = <code className="hash">{commit.slice(0, 7)}</code>
  if (!isHosted(repository)) return <span title={commit}>{short}</span>
  return (
    <Link className="hash" to="/repositories/$name" params={{ name: repository }} search={{ ref: commit }} title={commit}>
      {short}
    </Link>
  )
}

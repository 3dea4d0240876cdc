import { Link } from '@tanstack/react-router'
import { Button } from '../parts/button.tsx'
import { Empty } from '../parts/empty.tsx'
import { Problem } from '../parts/problem.tsx'
import { useWords } from '../words/index.tsx'

export function NotFound() {
  const words = useWords()
  return (
    <div className="lone">
      <Empty title={words.shell.notFound} bare isPage>
        <p>{words.shell.notFoundText}</p>
        <div className="buttons">
          <Link className="button" to="/applications">
            {words.shell.toApplications}
          </Link>
        </div>
      </Empty>
    </div>
  )
}

export function Crashed({ error }: { error: unknown }) {
  const words = useWords()
  return (
    <div className="lone">
      <h1 className="visually-hidden">{words.shell.crashed}</h1>
      <Problem title={words.shell.crashed}>
        <p>{error instanceof Error ? error.message : String(error)}</p>
        <p>{words.shell.crashedText}</p>
        <div className="buttons">
          <Button small icon="i-refresh" onClick={() => location.reload()}>
            {words.shell.reload}
          </Button>
        </div>
      </Problem>
    </div>
  )
}

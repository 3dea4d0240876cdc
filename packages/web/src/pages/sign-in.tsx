import { useState, type SyntheticEvent } from 'react'
import { askWhoIsSignedIn, signIn, type Session } from '../client/session.ts'
import { ApiError } from '../client/http.ts'
import { Button } from '../parts/button.tsx'
import { useSlow } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Failure, useFailureWords } from '../parts/problem.tsx'
import { usePageTitle } from '../parts/page-title.ts'
import { useWords } from '../words/index.tsx'
import { Prose } from '../words/prose.tsx'

/** Stands in for every page while nobody is signed in; the address stays, so that one goes on where one was. */
export function SignIn({ session }: { session: Exclude<Session, { name: 'in' }> }) {
  const words = useWords()
  usePageTitle(words.signIn.title)
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <p className="brand">
          <Icon name="i-mark" className="mark" />
          <span>{words.brand}</span>
        </p>
        {session.name === 'asking' && <Asking />}
        {session.name === 'failed' && (
          <Failure title={words.failure.title.load(words.brand)} error={session.error} onRetry={() => void askWhoIsSignedIn()} />
        )}
        {session.name === 'out' && <Form ended={session.ended} />}
      </div>
    </main>
  )
}

/** The server sends here who comes with a one-time link that holds no more. */
function isLinkUsed(): boolean {
  return new URLSearchParams(location.search).get('reason') === 'link-used'
}

function Asking() {
  const words = useWords()
  return <p className="muted">{useSlow() ? words.common.loading : ' '}</p>
}

function Form({ ended }: { ended: boolean }) {
  const words = useWords()
  const inWords = useFailureWords()
  const [username, setUsername] = useState('admin')
  const [password, setPassword] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<{ what: string; remedy?: string | undefined }>()

  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    if (isBusy) return
    if (!username.trim() || !password) {
      setProblem({ what: words.signIn.need })
      return
    }
    setBusy(true)
    setProblem(undefined)
    signIn(username.trim(), password).catch((error: unknown) => {
      const isWrong = error instanceof ApiError && error.status === 401
      setProblem(isWrong ? { what: words.signIn.wrong } : inWords(error))
      setBusy(false)
    })
  }

  return (
    <form className="sign-in-form" onSubmit={submit} noValidate>
      <h1>{words.signIn.title}</h1>
      {(ended || isLinkUsed()) && (
        <p className="soft" role="status">
          {ended ? words.signIn.ended : words.signIn.linkUsed}
        </p>
      )}
      <div className="field">
        <label htmlFor="username">{words.signIn.username}</label>
        <span className="input">
          <input
            id="username"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
        </span>
      </div>
      <div className="field">
        <label htmlFor="password">{words.signIn.password}</label>
        <span className={problem ? 'input invalid' : 'input'}>
          <input
            id="password"
            name="password"
            type="password"
            autoComplete="current-password"
            autoFocus
            value={password}
            aria-invalid={problem ? true : undefined}
            aria-describedby={problem ? 'sign-in-problem' : undefined}
            onChange={(event) => setPassword(event.target.value)}
          />
        </span>
        {problem && (
          <span className="problem" id="sign-in-problem" role="alert">
            <Icon name="g-degraded" />
            <span>
              {problem.what} {problem.remedy}
            </span>
          </span>
        )}
      </div>
      <Button type="submit" look="primary" className="wide" busy={isBusy}>
        {isBusy ? words.signIn.busy : words.signIn.submit}
      </Button>
      <p className="hint">
        <Prose of={words.signIn.hint} /> {words.signIn.hintLink}
      </p>
    </form>
  )
}

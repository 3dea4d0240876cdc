import { useState } from 'react'
import { ApiError } from '../../client/http.ts'
import { whyNot } from '../../facts/allowed.ts'
import { useFleet } from '../../loaders/fleet.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Health } from '../../parts/status.tsx'
import { useLanguage } from '../../words/index.tsx'
import { failed, syncApplication } from './actions.ts'
import { Choice } from './choice.tsx'
import { useSubmit } from './use-submit.ts'

/** So many syncs are asked for at a time; the server puts them in its own queue. */
const atOnce = 4

export function SeveralDialog({ onClose }: { onClose: () => void }) {
  const language = useLanguage()
  const { words } = language
  const w = words.fleet.several
  const { apps } = useFleet()
  const offered = apps.filter((one) => one.sync === 'OutOfSync').toSorted((a, b) => (a.name < b.name ? -1 : 1))
  // What is held was held on purpose, so it is left out unless somebody asks for it.
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(offered.filter((one) => !one.hold && whyNot('sync', one) === undefined).map((one) => one.key)),
  )
  const picked = offered.filter((one) => chosen.has(one.key) && whyNot('sync', one) === undefined)
  const { isBusy, submit } = useSubmit(async () => {
    const waiting = [...picked]
    const work = async () => {
      for (let app = waiting.shift(); app; app = waiting.shift()) {
        const { namespace, name } = app
        try {
          await syncApplication({ namespace, name }, {}, language)
        } catch (error) {
          failed(words.palette.syncApp(name), error, words)
          if (error instanceof ApiError && error.status === 0) return
        }
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }, onClose)
  const toggle = (key: string) =>
    setChosen((before) => (before.has(key) ? new Set([...before].filter((one) => one !== key)) : new Set([...before, key])))
  return (
    <Dialog
      title={w.title}
      onClose={onClose}
      onSubmit={picked.length > 0 ? submit : undefined}
      foot={
        <>
          <Button onClick={onClose}>
            {words.common.cancel}
            <kbd>esc</kbd>
          </Button>
          <Button icon="i-sync" look="primary" busy={isBusy} reason={picked.length === 0 ? words.sync.nothing : undefined} onClick={submit}>
            {w.submit(picked.length)}
          </Button>
        </>
      }
    >
      <p>{w.text}</p>
      <ul className="pick scrolls" aria-label={w.pick}>
        {offered.map((one) => {
          const reason = whyNot('sync', one)
          return (
            <li key={one.key}>
              <Choice
                checked={chosen.has(one.key) && reason === undefined}
                disabled={reason !== undefined}
                onChange={() => toggle(one.key)}
                hint={reason ? words.reasons[reason] : one.hold ? words.state.held : w.objects(one.outOfSync)}
              >
                <code>{one.name}</code>
              </Choice>
              <Health of={one.health} />
            </li>
          )
        })}
      </ul>
    </Dialog>
  )
}

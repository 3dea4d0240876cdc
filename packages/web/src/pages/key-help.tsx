import { commandCap } from '../parts/command-key.ts'
import { Dialog } from '../parts/dialog.tsx'
import { useWords } from '../words/index.tsx'

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const { keys: w, pulls } = useWords()
  const groups: readonly (readonly [string, readonly (readonly [readonly string[], string])[]])[] = [
    [w.everywhere, [[[commandCap, 'K'], w.jump], [['/'], w.filter], [['?'], w.help]]],
    [w.inList, [[['J'], w.next], [['K'], w.previous], [['↵'], w.open], [['S'], w.sync]]],
    [w.inApp, [[['S'], w.sync], [['R'], w.refresh], [['F'], w.logs]]],
    [pulls.keys.inFiles, [[['J'], pulls.keys.next], [['K'], pulls.keys.previous], [['V'], pulls.keys.viewed], [['↑', '↓'], pulls.keys.lines]]],
    [w.inTree, [[['↑', '↓'], w.arrows], [['←', '→'], w.fold], [['↵'], w.open]]],
  ] // prettier-ignore
  return (
    <Dialog title={w.title} onClose={onClose}>
      <div className="key-groups">
        {groups.map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {rows.map(([caps, label]) => (
                <div key={label}>
                  <dt>
                    {caps.map((cap) => (
                      <kbd key={cap}>{cap}</kbd>
                    ))}
                  </dt>
                  <dd>{label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

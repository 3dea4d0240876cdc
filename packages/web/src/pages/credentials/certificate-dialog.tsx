import type { RepositoryCertificate } from '@plimsoll/api'
import { useState } from 'react'
import { credentialsApi } from '../../client/credentials.ts'
import { ApiError } from '../../client/http.ts'
import { certificatesQuery } from '../../loaders/credentials.ts'
import { queryClient } from '../../loaders/queries.ts'
import { Segmented } from '../../parts/segmented.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { SubmitDialog } from '../dialogs/submit-dialog.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { TextField } from '../people/text-field.tsx'
import { SecretArea } from './secret-area.tsx'

/** Lets a host be known: by its keys over SSH, or by whoever signs for it over HTTPS. */
export function CertificateDialog({ onClose }: { onClose: () => void }) {
  const words = useWords()
  const w = words.credentials
  const c = w.certificate
  const [type, setType] = useState<'ssh' | 'https'>('ssh')
  const [host, setHost] = useState('')
  const [text, setText] = useState('')
  const [isTried, setTried] = useState(false)
  const [isThere, setThere] = useState(false)
  const items =
    type === 'ssh' ? knownHosts(text) : [{ serverName: host.trim(), certType: 'https' as const, certSubType: '', certData: base64(text) }]
  const isWhole = items !== undefined && items.length > 0 && text.trim() !== '' && (type === 'ssh' || host.trim() !== '')
  const { isBusy, error, submit } = useSubmit(async () => {
    try {
      await credentialsApi.addCertificates(items ?? [], isThere)
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 409) setThere(true)
      throw cause
    }
    await queryClient.invalidateQueries({ queryKey: certificatesQuery.queryKey })
    toast({ look: { glyph: 'g-ok', tone: 'ok' }, title: c.added })
  }, onClose)
  const trySubmit = () => {
    setTried(true)
    if (isWhole) submit()
  }
  return (
    <SubmitDialog
      title={c.add}
      submitLabel={isThere ? w.replace : w.addSubmit}
      icon="i-check"
      submission={{ isBusy, error, submit: trySubmit }}
      failed={w.theAdding}
      onClose={onClose}
    >
      <div className="field">
        <span className="label">{c.type}</span>
        <Segmented
          label={c.type}
          value={type}
          choices={(['ssh', 'https'] as const).map((value) => ({ value, label: c.types[value] }))}
          onChange={setType}
        />
      </div>
      {type === 'https' && (
        <TextField
          label={c.host}
          value={host}
          onValue={setHost}
          hint={c.hostHint}
          problem={isTried && host.trim() === '' ? w.fields.problems.missing : undefined}
          isFirst
        />
      )}
      <SecretArea
        label={type === 'ssh' ? c.keys : c.pem}
        value={text}
        onValue={setText}
        hint={type === 'ssh' ? c.keysHint : c.pemHint}
        problem={
          isTried && (text.trim() === '' || items === undefined) ? (text.trim() === '' ? w.fields.problems.missing : c.noKeys) : undefined
        }
      />
    </SubmitDialog>
  )
}

/** Lines as ssh-keyscan prints them; undefined where one is none. */
function knownHosts(text: string): Omit<RepositoryCertificate, 'certInfo'>[] | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const items = lines
    .map((line) => line.split(/\s+/))
    .map(([serverName = '', certSubType = '', key = '']) => ({ serverName, certSubType, key }))
  if (items.some(({ key, serverName }) => key === '' || /^[@|]/.test(serverName))) return undefined
  return items.flatMap(({ serverName, certSubType, key }) =>
    serverName.split(',').map((one) => ({ serverName: one, certType: 'ssh' as const, certSubType, certData: base64(key) })),
  )
}

function base64(text: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)))
}

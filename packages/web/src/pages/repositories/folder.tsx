import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ApiError } from '../../client/http.ts'
import type { TreeEntry } from '../../client/pulls.ts'
import { fileQuery, folderQuery } from '../../loaders/pulls.ts'
import { CodeView } from '../../parts/code-view.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Bones } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'

/** A folder, or a file: which of the two a path is only the server knows. */
export function Folder({ name, revision, path }: { name: string; revision: string; path: string }) {
  const { words } = useLanguage()
  const folder = useQuery({ ...folderQuery(name, revision, path), retry: false })
  const isNoFolder =
    path !== '' &&
    ((folder.error instanceof ApiError && [400, 404].includes(folder.error.status)) ||
      (folder.data?.entries.length === 0 && !folder.isPlaceholderData))
  const file = useQuery({ ...fileQuery(name, revision, path), enabled: isNoFolder, retry: false })
  return (
    <>
      <PathCrumbs name={name} revision={revision} path={path} />
      {isNoFolder ? (
        file.isPending ? (
          <Bones lines={10} />
        ) : file.data ? (
          <File key={path} path={path} file={file.data} />
        ) : (
          <Failure title={words.failure.title.load(path)} error={file.error} onRetry={() => void file.refetch()} />
        )
      ) : folder.isPending ? (
        <Bones lines={8} />
      ) : folder.error && !folder.data ? (
        <Failure
          title={words.failure.title.load(words.repositories.tabs.files)}
          error={folder.error}
          onRetry={() => void folder.refetch()}
        />
      ) : (
        <Entries
          name={name}
          revision={revision}
          path={path}
          entries={folder.data?.entries ?? []}
          isCut={folder.data?.isTruncated === true}
        />
      )}
    </>
  )
}

function PathCrumbs({ name, revision, path }: { name: string; revision: string; path: string }) {
  const parts = path.split('/').filter(Boolean)
  return (
    <p className="path-crumbs">
      <Link className="link" to="/repositories/$name" params={{ name }} search={{ ref: revision }}>
        {name}
      </Link>
      {parts.map((part, index) => (
        <span key={index}>
          {' / '}
          {index === parts.length - 1 ? (
            <code>{part}</code>
          ) : (
            <Link
              className="link"
              to="/repositories/$name"
              params={{ name }}
              search={{ ref: revision, path: parts.slice(0, index + 1).join('/') }}
            >
              {part}
            </Link>
          )}
        </span>
      ))}
    </p>
  )
}

function Entries({
  name,
  revision,
  path,
  entries,
  isCut,
}: {
  name: string
  revision: string
  path: string
  entries: readonly TreeEntry[]
  isCut: boolean
}) {
  const { words, format } = useLanguage()
  const w = words.repositories
  const sorted = entries.toSorted((a, b) => Number(b.kind === 'directory') - Number(a.kind === 'directory') || (a.name < b.name ? -1 : 1))
  return (
    <ul className="panel entries-list" aria-label={w.tabs.files}>
      {sorted.map((one) => (
        <li key={one.name}>
          <Icon name={one.kind === 'directory' ? 'i-folder' : 'i-file'} />
          <Link
            className="name clip"
            to="/repositories/$name"
            params={{ name }}
            search={{ ref: revision, path: path === '' ? one.name : `${path}/${one.name}` }}
          >
            {one.name}
          </Link>
          {one.kind !== 'directory' && one.kind !== 'file' && <span className="tag">{one.kind}</span>}
          <span className="muted small num">{one.size !== undefined && one.kind !== 'directory' ? format.bytes(one.size) : ''}</span>
        </li>
      ))}
      {sorted.length === 0 && <li className="muted">{w.emptyFolder}</li>}
      {isCut && <li className="muted">{w.cutFolder}</li>}
    </ul>
  )
}

function File({ path, file }: { path: string; file: { size: number; text?: string; isBinary?: boolean; isTooLarge?: boolean } }) {
  const { words, format } = useLanguage()
  const w = words.repositories
  return (
    <div className="diff-frame">
      <div className="diff-head">
        <span>
          <code>{path.split('/').at(-1)}</code> <span className="muted">{format.bytes(file.size)}</span>
        </span>
        {file.text !== undefined && (
          <span className="end">
            <CopyButton text={file.text} />
          </span>
        )}
      </div>
      {file.text === undefined ? (
        <p className="file-note muted">{file.isBinary ? words.pulls.binary : w.tooLarge}</p>
      ) : (
        <CodeView text={file.text.replace(/\n$/, '')} label={path} />
      )}
    </div>
  )
}

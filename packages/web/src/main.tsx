import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { askWhoIsSignedIn } from './client/session.ts'
import { queryClient } from './loaders/queries.ts'
import { useSession } from './loaders/session.ts'
import { SignIn } from './pages/sign-in.tsx'
import { IconSprite } from './parts/icon-sprite.tsx'
import { router } from './router.tsx'
import { LanguageProvider, loadLanguage, preferredLanguage } from './words/index.tsx'
import './styles/index.css'

function Console() {
  const session = useSession()
  return session.name === 'in' ? <RouterProvider router={router} /> : <SignIn session={session} />
}

async function start(): Promise<void> {
  const [language] = await Promise.all([loadLanguage(preferredLanguage()), askWhoIsSignedIn()])
  const root = document.getElementById('root')
  if (!root) throw new Error('The page has no #root')
  createRoot(root).render(
    <LanguageProvider first={language}>
      <QueryClientProvider client={queryClient}>
        <IconSprite />
        <Console />
      </QueryClientProvider>
    </LanguageProvider>,
  )
}

void start()

import './styles/base.css'
import './styles/conflicts.css'
import './styles/deleted.css'
import './styles/header.css'
import './styles/history.css'
import './styles/list.css'
import './styles/notes.css'
import './styles/notifications.css'
import './styles/over.css'
import './styles/panel.css'
import './styles/presence.css'
import './styles/question.css'
import './styles/refused.css'
import './styles/sign-in.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { keepPage } from './offline/keep-page.ts'
import { resume } from './session/sign-in-store.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

keepPage()
resume()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)

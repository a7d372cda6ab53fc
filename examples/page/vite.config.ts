import { defineConfig } from 'vite'
import { fluxion } from '../checkout.ts' // in a project of your own: from 'fluxion/vite'

// Pages that are isolated may have threads, with which the CPU is faster.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export default defineConfig({ plugins: [fluxion()], base: './', server: { headers }, preview: { headers } })

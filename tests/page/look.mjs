// Opens one page in headless Chromium as a reader would, and prints what it found as one JSON document: console errors,
// requests, scrolling, what axe-core says in each colour scheme, and what the page holds.
//
//   node look.mjs CHROMIUM PAGE [DIRECTORY FOR PICTURES]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [executablePath, file, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const address = pathToFileURL(file).href;
const found = { errors: [], requests: [], dialogs: [], looks: [] };

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, width, height] of [['wide', 1280, 900], ['phone', 360, 740]]) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height } });
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) found.errors.push(message.text());
      });
      page.on('pageerror', (error) => found.errors.push(String(error)));
      page.on('dialog', async (dialog) => { found.dialogs.push(dialog.message()); await dialog.dismiss(); });
      page.on('request', (request) => {
        if (request.url() !== address && !request.url().startsWith('data:')) found.requests.push(request.url());
      });
      await page.goto(address, { waitUntil: 'load' });
      if (pictures) await page.screenshot({ path: join(pictures, `${colorScheme}-${name}.png`), fullPage: true });
      const look = await page.evaluate(() => {
        const root = document.documentElement;
        const sticksOut = [...document.querySelectorAll('body *')].filter((element) => {
          const box = element.getBoundingClientRect();
          return box.width > 0 && box.right > root.clientWidth + 1 && !element.closest('.hidden, thead');
        });
        const shown = [...document.querySelectorAll('figure svg')].filter((svg) => svg.getBoundingClientRect().width > 0);
        return {
          scrolls: root.scrollWidth - root.clientWidth,
          sticksOut: sticksOut.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)),
          ground: getComputedStyle(document.body).backgroundColor,
          charts: shown.length,
          smallest: Math.min(...shown.flatMap((svg) => [...svg.querySelectorAll('text')]
            .map((text) => text.getBoundingClientRect().height))),
          scripts: document.querySelectorAll('script, img, iframe, object, embed, form, link:not([rel=icon])').length,
          badLinks: [...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))
            .filter((href) => !/^(https?:\/\/|#)/.test(href)),
          lostLinks: [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href'))
            .filter((href) => !document.getElementById(href.slice(1))),
          handlers: [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes])
            .filter((attribute) => attribute.name.startsWith('on')).map((attribute) => attribute.name),
          text: document.body.innerText.length,
          language: root.lang,
          title: document.title,
          headings: document.querySelectorAll('h1').length,
        };
      });
      await page.evaluate(axe);
      const told = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
      const words = (rule) => rule.nodes.slice(0, 5)
        .map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.any.map((check) => check.message).join('; ')}`);
      look.violations = told.violations.flatMap(words);
      look.contrasts = told.passes?.find((rule) => rule.id === 'color-contrast')?.nodes.length ?? 0;
      look.unsure = told.incomplete.filter((rule) => rule.id === 'color-contrast').flatMap(words);
      found.looks.push({ colorScheme, name, ...look });
      await page.close();
    }
  }
  const page = await browser.newPage({ colorScheme: 'dark' });
  await page.goto(address, { waitUntil: 'load' });
  await page.emulateMedia({ media: 'print' });
  found.print = await page.evaluate(() => ({
    ground: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.body).color,
    folded: [...document.querySelectorAll('details pre')].filter((pre) => pre.getBoundingClientRect().height === 0).length,
  }));
  const paper = await page.pdf({ format: 'A4' });
  found.print.bytes = paper.length;
  if (pictures) {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(pictures, 'paper.pdf'), paper);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));

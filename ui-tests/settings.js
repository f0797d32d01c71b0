/** Playwright's settings: Galata's, with the machine's Chromium and a server of this run. */
const base = require('@jupyterlab/galata/lib/playwright-config');
const launchOptions = require('./chromium');
const { sharedHome } = require('./home');

const { environment } = sharedHome();

/**
 * `usualPort` is the server's, unless PILOTHOUSE_TEST_PORT names another; two configurations that
 * run side by side need two.
 */
module.exports = usualPort => {
  const port = Number(process.env.PILOTHOUSE_TEST_PORT ?? usualPort);
  return {
    ...base,
    reporter: 'list',
    forbidOnly: true,
    retries: 0,
    workers: 1,
    timeout: 90000,
    expect: { timeout: 20000 },
    globalTeardown: require.resolve('./teardown.ts'),
    use: {
      ...base.use,
      baseURL: `http://127.0.0.1:${port}`,
      launchOptions,
      viewport: { width: 1280, height: 900 },
      trace: 'retain-on-failure',
      video: 'off'
    },
    webServer: {
      command: 'jupyter lab --log-level=ERROR --config jupyter_server_test_config.py',
      url: `http://127.0.0.1:${port}/lab`,
      timeout: 120000,
      reuseExistingServer: false,
      env: { ...process.env, ...environment, PILOTHOUSE_TEST_PORT: String(port) }
    }
  };
};

const settings = require('./settings')(18889);

// A trace takes pictures of the page as it changes: that would be measured, too.
module.exports = { ...settings, testDir: 'bench', use: { ...settings.use, trace: 'off' } };

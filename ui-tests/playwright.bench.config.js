module.exports = { ...require('./settings')(18889), testDir: 'bench' };

module.exports = { ...require('./settings')(18888), testDir: 'tests' };

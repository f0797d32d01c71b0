// Jest reads JupyterLab's and other ES modules through this; nothing else uses Babel.
module.exports = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] };

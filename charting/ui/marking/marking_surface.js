export default {
  template: '<div class="charting-exam"></div>',
  props: { code: String, session: String, api: String, urls: Object, theme: String, skin: String, words: Object },
  async mounted() {
    const { mount } = await import(`${this.code}/surface.js`);
    if (this.$el.isConnected) this.surface = mount(this.$el, { session: this.session, base: this.api, urls: this.urls, theme: this.theme, skin: this.skin, words: this.words });
  },
  unmounted() {
    this.surface?.destroy();
  },
  methods: {
    set_theme(theme) {
      this.surface?.setTheme(theme);
    },
  },
};

/*
 * A PAM module that holds a conversation which is written down in a file: what second factors ask
 * that need a service elsewhere (a push to a telephone, a link to open), without the service.
 *
 *   auth required /path/pam_dialogue.so /path/of/a/dialogue
 *
 * Each line of the file is a letter, a space, and a text as it is shown:
 *   T  a text          E  a question whose answer may be seen       H  one whose answer may not
 *   A  an answer that the question above accepts; none of them: every answer
 *   W  what is said to another answer; then the question is asked again, three times in all
 * sshd(8) shows texts in front of the next question, in one prompt, and texts at the end in a round
 * that asks nothing.
 */
#include <security/pam_appl.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 3
#define MOST_LINES 64

struct lines {
  char *line[MOST_LINES];
  int count;
};

static int say(pam_handle_t *pam, int style, const char *text, char **answer) {
  const void *item = NULL;
  if (pam_get_item(pam, PAM_CONV, &item) != PAM_SUCCESS || item == NULL) return PAM_CONV_ERR;
  const struct pam_conv *conversation = item;
  struct pam_message message = {style, text};
  const struct pam_message *messages = &message;
  struct pam_response *response = NULL;
  int result = conversation->conv(1, &messages, &response, conversation->appdata_ptr);
  char *said = NULL;
  if (response != NULL) {
    said = response->resp;
    free(response);
  }
  if (answer != NULL)
    *answer = said;
  else
    free(said);
  return result;
}

/* Whether an answer is among the lines A that follow a question. */
static int accepted(const struct lines *all, int question, const char *answer) {
  int any = 1;
  for (int n = question + 1; n < all->count && strchr("AW", all->line[n][0]); n++) {
    if (all->line[n][0] != 'A') continue;
    if (strcmp(all->line[n] + 2, answer) == 0) return 1;
    any = 0;
  }
  return any;
}

static int ask(pam_handle_t *pam, const struct lines *all, int question) {
  const char *line = all->line[question];
  int style = line[0] == 'E' ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
  for (int tried = 0; tried < TRIES; tried++) {
    char *answer = NULL;
    int result = say(pam, style, line + 2, &answer);
    if (result != PAM_SUCCESS) return result;
    int right = accepted(all, question, answer == NULL ? "" : answer);
    free(answer);
    if (right) return PAM_SUCCESS;
    for (int n = question + 1; n < all->count && strchr("AW", all->line[n][0]); n++)
      if (all->line[n][0] == 'W') say(pam, PAM_ERROR_MSG, all->line[n] + 2, NULL);
  }
  return PAM_AUTH_ERR;
}

static int read_lines(const char *path, struct lines *all) {
  FILE *file = fopen(path, "re");
  if (file == NULL) return PAM_SERVICE_ERR;
  size_t room = 0;
  char *line = NULL;
  while (all->count < MOST_LINES && getline(&line, &room, file) > 0) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[1] != ' ') continue;
    all->line[all->count++] = strdup(line);
  }
  free(line);
  fclose(file);
  return all->count == 0 ? PAM_SERVICE_ERR : PAM_SUCCESS;
}

int pam_sm_authenticate(pam_handle_t *pam, int flags, int argc, const char **argv) {
  (void)flags;
  struct lines all = {{NULL}, 0};
  int result = argc == 1 ? read_lines(argv[0], &all) : PAM_SERVICE_ERR;
  for (int n = 0; n < all.count && result == PAM_SUCCESS; n++) {
    switch (all.line[n][0]) {
      case 'T': result = say(pam, PAM_TEXT_INFO, all.line[n] + 2, NULL); break;
      case 'E':
      case 'H': result = ask(pam, &all, n); break;
      case 'A':
      case 'W': break;
      default: result = PAM_SERVICE_ERR;
    }
  }
  for (int n = 0; n < all.count; n++) free(all.line[n]);
  return result;
}

int pam_sm_setcred(pam_handle_t *pam, int flags, int argc, const char **argv) {
  (void)pam, (void)flags, (void)argc, (void)argv;
  return PAM_SUCCESS;
}

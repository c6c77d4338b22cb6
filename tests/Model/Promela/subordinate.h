/* The branch to the superior, at its subordinate: Upward, over the product's table. */

static void Coordinator_PrepareAsked(int n);
static void Coordinator_CommitOrdered(int n);
static void Coordinator_RollbackOrdered(int n);
static void ResultIsKnown(int n, int outcome);

static const char *const SubordinateNames[] = {
  "I0", "UA", "UP", "UR", "UC", "UB", "UI", "UN", "UO", "I", "DU", "UV", "UQ", "UW" };

static void subordinateSends(int b, unsigned does, int slot) {
  int apdu = does & UA_ReadyRi ? A_Ready : does & UA_NochangeRiNotRequired ? A_NotRequired
    : does & UA_NochangeRiResultRequested ? A_ResultRequested : does & UA_RollbackRi ? A_Rollback
    : does & UA_RollbackRc ? A_RollbackRc : does & UA_CommitRc ? A_CommitRc
    : does & UA_NochangeRcCommitted ? A_NochangeRcCommitted : does & UA_NochangeRcRolledBack ? A_NochangeRcRolledBack
    : does & UA_RecoverRiReady ? A_RecoverReady : does & UA_RecoverRcDone ? A_Done
    : does & UA_RecoverRcRetryLater ? A_RetryLater : A_None;
  int reports = apdu == A_CommitRc || apdu == A_RollbackRc || apdu == A_Done;
  if (mutant(9) && apdu != A_RollbackRc) reports = 0;
  if (apdu) Association_Send(b, slot, UP, apdu, now.upAfter[b], reports ? now.damages[b] : 0);
}

/* What the superior ordered, once it is acted upon. */
static void ordered(int b, int order) {
  int n = par(b);
  if (now.told[b] && now.told[b] != order) broken(I6, "the superior's order changed", b);
  now.told[b] = order;
  if (order == D_Rollback && now.wasCommit[n] && now.hand[n] == D_None)
    broken(I8, "rolled back by a superior whose log says commit", b);
}

static void subordinateTells(int b, unsigned does, int happening) {
  if (does & UA_IndPrepare) {
    Coordinator_PrepareAsked(b);
  } else if (does & UA_IndCommit) {
    ordered(b, D_Commit);
    Coordinator_CommitOrdered(b);
  } else if (does & UA_IndOnePhase) {
    now.flags[b] |= F_DecidesForSuperior;
    Coordinator_PrepareAsked(b);
  } else if (does & UA_IndRollback) {
    if (happening == UE_RollbackRi || happening == UE_RecoverRcUnknown) {
      if (now.phase[b] == P_Ready) ordered(b, D_Rollback);
    }
    Coordinator_RollbackOrdered(b);
  } else if (does & UA_CnfNochange) {
    ResultIsKnown(b, happening == UE_NochangeRc ? now.result : happening == UE_RollbackRi ? D_Rollback : D_None);
  } else if (does & UA_CnfRolledBack) {
    Coordinator_Settled(b);
  }
}

/* Upward.Apply */
static void subordinateApply(int b, int happening, int on) {
  int slot = on == NOWHERE ? now.ua[b] : on, was = now.us[b];
  unsigned cell = U_CELLS[happening][was], does = cell & 0xFFFFFF;
  int next = (cell >> 24) & 63;
  if (was == US_UR && happening == UE_Loss && mutant(6)) { does = UA_IndRollback; next = US_I; }
  if (was == US_UV && happening == UE_RecoverRcUnknown && mutant(7)) { does = UA_IndCommit; next = US_UW; }
  if (was == US_UV && happening == UE_RecoverRcRetryLater && mutant(17)) { does = UA_IndRollback; next = US_I; }
  if (was == US_UC && happening == UE_Loss && mutant(15)) next = US_I;
  if (was == US_UQ && happening == UE_RecoveryLoss && mutant(16)) next = US_DU;
  if (cell >> 30 == V_Drop) return;
  if (cell >> 30 != V_Do) {
    TELL("  event %d in %s\n", happening, SubordinateNames[was]);
    broken(T1, cell >> 30 == V_Impossible ? "a request of our own that nobody may make" : "a protocol error", b);
    return;
  }
  TELL("  subordinate of branch %d: %s -> %s\n", b, SubordinateNames[was], SubordinateNames[next]);
  now.us[b] = next;
  subordinateSends(b, does, slot);
  if ((next == US_I || next == US_DU || next == US_UW) && slot == now.ua[b]) now.ua[b] = NOWHERE; /* Free */
  subordinateTells(b, does, happening);
}

static void Upward_Ready(int b, int after) {
  now.upAfter[b] = mutant(2) ? 0 : after;
  subordinateApply(b, UE_ReadyReq, NOWHERE);
}

static void Upward_NoChange(int b) { subordinateApply(b, UE_NochangeReqNotRequired, NOWHERE); }

static void Upward_Rollback(int b) {
  if (now.us[b] == US_UA || now.us[b] == US_UP) subordinateApply(b, UE_RollbackReq, NOWHERE);
}

static void Upward_RolledBack(int b) {
  if (now.us[b] == US_UI || now.us[b] == US_I) subordinateApply(b, UE_RollbackRsp, NOWHERE);
  else if (now.us[b] == US_UO) subordinateApply(b, UE_OnePhaseRspRolledBack, NOWHERE);
}

static void Upward_Committed(int b, int after) {
  int state = now.us[b];
  now.upAfter[b] = mutant(3) ? 0 : after;
  if (state == US_UC || state == US_UQ || state == US_UW) subordinateApply(b, UE_CommitRsp, NOWHERE);
  else if (state == US_UO) subordinateApply(b, UE_OnePhaseRspCommitted, NOWHERE);
}

/* Upward.LoseFirst and RecoverCommit: C-RECOVER-RI(commit) came. */
static void Upward_RecoverCommit(int b, int slot) {
  int state = now.us[b], old = now.ua[b];
  int alive = (state >= US_UA && state <= US_UO);
  if (mutant(22)) { Association_Send(b, slot, UP, A_Done, 0, 0); return; }
  if (alive) {
    if (old != NOWHERE && old != slot) closeEnd(b, old, SUB_END);
    now.ua[b] = NOWHERE;
    subordinateApply(b, UE_Loss, NOWHERE);
  }
  state = now.us[b];
  old = now.ua[b];
  if ((state == US_DU || state == US_UV || state == US_UQ || state == US_UW) && old != slot) {
    now.ua[b] = slot;
    if (old != NOWHERE) closeEnd(b, old, SUB_END);
  }
  subordinateApply(b, UE_RecoverRiCommit, slot);
}

/* RecoverRetry is due: AssociationReady in DU. */
void Upward_Reached(int b) {
  now.ua[b] = Associations_Acquire(b, 0);
  TELL("node %d asks its superior\n", b);
  subordinateApply(b, UE_RecoverUp, NOWHERE);
}

static void Upward_Lost(int b) {
  now.ua[b] = NOWHERE;
  subordinateApply(b, now.us[b] == US_UV || now.us[b] == US_UQ ? UE_RecoveryLoss : UE_Loss, NOWHERE);
}

static int subordinateEvent(int apdu) {
  switch (apdu) {
  case A_Prepare: return UE_PrepareRi;
  case A_Commit: return UE_CommitRi;
  case A_Rollback: return UE_RollbackRi;
  case A_RollbackRc: return UE_RollbackRc;
  case A_OnePhase: return UE_NochangeRi;
  case A_NochangeRcCommitted: case A_NochangeRcRolledBack: return UE_NochangeRc;
  case A_Unknown: return UE_RecoverRcUnknown;
  case A_RetryLater: return UE_RecoverRcRetryLater;
  default: return UE_OtherApdu;
  }
}

/* Upward.Received, or Lane.ReceivedIdle on an association without a branch. */
static void Upward_Received(int b, int slot, int apdu) {
  if (now.ua[b] == slot) {
    now.result = apdu == A_NochangeRcCommitted ? D_Commit : D_Rollback;
    if (apdu == A_RecoverCommit) Upward_RecoverCommit(b, slot);
    else subordinateApply(b, subordinateEvent(apdu), slot);
    now.result = 0;
  } else if (apdu == A_RecoverCommit) { /* Lane.RecoverCommit */
    int last = lastRecord(b), reported = KIND(last) == R_Damage ? MASK(last) : 0;
    if (now.phase[b] != P_Ended) Upward_RecoverCommit(b, slot);
    else Association_Send(b, slot, UP, A_Done, now.forcedAt[b], mutant(9) ? 0 : reported);
  } else if (!((apdu == A_Prepare || apdu == A_Rollback || apdu == A_OnePhase) && (*endsOf(b, slot) & BY_SUP))
      && apdu != A_Unknown && apdu != A_RetryLater) {
    broken(T1, ApduNames[apdu], b);
  }
}

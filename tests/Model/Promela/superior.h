/* The branch to a subordinate, at its superior: RemoteBranch, over the product's table. */

static void Coordinator_VoteArrived(int n);
static void Coordinator_Failed(int n);
static void Coordinator_Settled(int n);
static void OnePhase_Answered(int outcome);
static void RemoteBranch_Lost(int b);

static const char *const SuperiorNames[] = {
  "I0", "SA", "SP", "SR", "SC", "SB", "SI", "SN", "SO", "I", "DR", "DC", "SV" };

static void superiorSends(int b, unsigned does, int slot) {
  int apdu = does & SA_PrepareRi ? A_Prepare : does & SA_CommitRi ? A_Commit : does & SA_RollbackRi ? A_Rollback
    : does & SA_RollbackRc ? A_RollbackRc : does & SA_NochangeRi ? A_OnePhase
    : does & SA_NochangeRcCommitted ? A_NochangeRcCommitted : does & SA_NochangeRcRolledBack ? A_NochangeRcRolledBack
    : does & SA_RecoverRiCommit ? A_RecoverCommit : does & SA_RecoverRcUnknown ? A_Unknown
    : does & SA_RecoverRcRetryLater ? A_RetryLater : A_None;
  if (apdu == A_NochangeRcCommitted && mutant(12)) return;
  if (apdu) Association_Send(b, slot, DOWN, apdu, now.downAfter[b], 0);
}

#define SA_ANSWERS (SA_IndRolledBack | SA_CnfCommitted | SA_CnfRolledBack | SA_IndHazard)

static void superiorTells(int b, unsigned does) {
  int n = par(b);
  if (does & SA_IndReady) {
    now.flags[b] |= F_IsReady;
    Coordinator_VoteArrived(n);
  } else if (does & SA_IndNochange) {
    if (mutant(11)) now.flags[b] |= F_IsReady;
    Coordinator_VoteArrived(n);
  } else if (now.phase[n] == P_OnePhase && (does & SA_ANSWERS)) {
    OnePhase_Answered(does & SA_CnfCommitted ? D_Commit : does & SA_IndHazard ? D_None : D_Rollback);
  } else if (does & SA_IndRolledBack) {
    Coordinator_Failed(n);
  } else if (does & (SA_CnfCommitted | SA_CnfRolledBack)) {
    Coordinator_Settled(n);
  }
}

/* RemoteBranch.Apply */
static void superiorApply(int b, int happening, int on) {
  int slot = on == NOWHERE ? now.sa[b] : on;
  unsigned cell = S_CELLS[happening][now.ss[b]], does = cell & 0xFFFFFF;
  int next = (cell >> 24) & 63;
  if (happening == SE_RecoverRiReady && now.ss[b] == SS_DR && mutant(14)) { does = SA_RecoverRcUnknown; }
  if (happening == SE_NochangeRiResultRequested && now.ss[b] == SS_SB && mutant(29)) {
    cell = 0; /* the cell as it was before docs/adr/0006 */
    does = SA_NochangeRcRolledBack | SA_CnfRolledBack;
    next = SS_I;
  }
  if (happening == SE_RecoverRiReady && now.ss[b] == SS_DC && mutant(4)) { does = SA_RecoverRcUnknown; next = SS_DC; }
  if (cell >> 30 == V_Drop) return;
  if (cell >> 30 != V_Do) {
    TELL("  event %d in %s\n", happening, SuperiorNames[now.ss[b]]);
    broken(T1, cell >> 30 == V_Impossible ? "a request of our own that nobody may make" : "a protocol error", par(b));
    return;
  }
  TELL("  superior of branch %d: %s -> %s\n", b, SuperiorNames[now.ss[b]], SuperiorNames[next]);
  now.ss[b] = next;
  superiorSends(b, does, slot);
  if ((next == SS_I || next == SS_DC || next == SS_DR) && slot == now.sa[b]) now.sa[b] = NOWHERE; /* Free */
  superiorTells(b, does);
}

static void RemoteBranch_Prepare(int b) { if (now.ss[b] == SS_SA) superiorApply(b, SE_PrepareReq, NOWHERE); }

static void RemoteBranch_Commit(int b, int after) {
  now.downAfter[b] = after;
  superiorApply(b, SE_CommitReq, NOWHERE);
}

static void RemoteBranch_Rollback(int b, int after) {
  int state = now.ss[b];
  now.flags[b] &= ~F_IsReady;
  if (!mutant(18)) now.downAfter[b] = after;
  if (state == SS_SA || state == SS_SP || state == SS_SR || state == SS_SN || state == SS_DR)
    superiorApply(b, SE_RollbackReq, NOWHERE);
  else if (state == SS_SI)
    superiorApply(b, SE_RollbackRsp, NOWHERE);
}

/* RemoteBranch.LoseFirst and RecoverReady: C-RECOVER-RI(ready) came. */
static void RemoteBranch_RecoverReady(int b, int slot) {
  int state = now.ss[b], old = now.sa[b];
  int alive = state != SS_I && state != SS_DR && state != SS_DC && state != SS_SV;
  if (alive && old != NOWHERE) {
    if (old != slot) closeEnd(b, old, SUP_END);
    now.sa[b] = NOWHERE;
    superiorApply(b, SE_Loss, NOWHERE);
  }
  if (now.ss[b] == SS_DC) now.sa[b] = slot;
  if (now.ss[b] != SS_SV) superiorApply(b, SE_RecoverRiReady, slot);
}

/* RecoverRetry is due: AssociationReady in DC. */
void RemoteBranch_Reached(int b) {
  int n = par(b);
  if (mutant(5)) {
    now.ss[b] = SS_I;
    Coordinator_Settled(n);
    return;
  }
  now.sa[b] = Associations_Acquire(b, 1);
  TELL("node %d begins recovery of branch %d\n", n, b);
  superiorApply(b, SE_RecoverUp, NOWHERE);
}

static void RemoteBranch_Lost(int b) {
  now.sa[b] = NOWHERE;
  superiorApply(b, now.ss[b] == SS_SV ? SE_RecoveryLoss : SE_Loss, NOWHERE);
}

static int superiorEvent(int apdu) {
  switch (apdu) {
  case A_Ready: return SE_ReadyRi;
  case A_Rollback: return SE_RollbackRi;
  case A_RollbackRc: return SE_RollbackRc;
  case A_CommitRc: return SE_CommitRc;
  case A_NotRequired: return SE_NochangeRiNotRequired;
  case A_ResultRequested: return SE_NochangeRiResultRequested;
  case A_NochangeRcCommitted: return SE_NochangeRcCommitted;
  case A_NochangeRcRolledBack: return SE_NochangeRcRolledBack;
  case A_Done: return SE_RecoverRcDone;
  case A_RetryLater: return SE_RecoverRcRetryLater;
  default: return SE_OtherApdu;
  }
}

/* RemoteBranch.Received, or Lane.ReceivedIdle on an association without a branch. */
static void RemoteBranch_Received(int b, int slot, int apdu, int report) {
  int n = par(b);
  if (now.sa[b] == slot) {
    now.damages[n] |= report; /* Coordinator.Damaged */
    if (apdu == A_RecoverReady) RemoteBranch_RecoverReady(b, slot);
    else superiorApply(b, superiorEvent(apdu), slot);
  } else if (apdu == A_RecoverReady) { /* Lane.RecoverReady */
    if (now.phase[n] != P_Ended) RemoteBranch_RecoverReady(b, slot);
    else Association_Send(b, slot, DOWN, mutant(30) ? A_RetryLater : A_Unknown, now.forcedAt[n], 0);
  } else if (apdu != A_Done && apdu != A_RetryLater) {
    broken(T1, ApduNames[apdu], n);
  }
}

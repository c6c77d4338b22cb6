/* What the model's C and Promela parts share: sizes, names, and the shape of the tree. */
#include "tables.h"

#ifndef NODES
#define NODES 3
#endif
/* CHAIN: each node below the one before it. FORK: 1 below 0, the others below 1. Otherwise all below 0. */
#if defined(CHAIN)
#define PARENT(b) ((b) - 1)
#elif defined(FORK)
#define PARENT(b) ((b) == 1 ? 0 : 1)
#else
#define PARENT(b) 0
#endif
#ifndef SLOTS
#define SLOTS 3 /* associations of one pair of nodes that may be there at one time */
#endif
#define DEPTH 3 /* APDUs under way on one association in one direction */
#define PENDING 4 /* records of one node that are not forced yet */
#define NOWHERE SLOTS
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef HANDS
#define HANDS 0 /* heuristic decisions */
#endif
#ifndef NOCHANGE
#define NOCHANGE 0 /* 1: a Server may vote no change; 2: a foreign leaf may ask for the result as well */
#endif
#ifndef ONEPHASE
#define ONEPHASE 0 /* 1: a foreign root leaves the decision to node 1 */
#endif
#ifndef ROOTSERVER
#define ROOTSERVER 0 /* 1: the root has a Server of its own */
#endif

/* Invariants, numbered as in docs/FAULT-MODEL.md; T1 is the tables, B1 the model's own bounds. */
enum { I1 = 1, I2, I3, I4, I5, I6, I7, I8, I9, I10, V1, T1, B1 };

/* Coordinator.Phase; Waiting: a foreign leaf that waits to be told the result. */
enum { P_Active, P_Preparing, P_Ready, P_OnePhase, P_Committing, P_RollingBack, P_Ended, P_Waiting };
/* LocalBranch.State. */
enum { L_Ended, L_Active, L_Preparing, L_Ready, L_NoChange, L_Committing, L_RollingBack };
/* What the Server holds durably. */
enum { E_Nothing, E_Prepared, E_Committed, E_RolledBack, E_NoChange };
/* A decision, an order. */
enum { D_None, D_Commit, D_Rollback };
/* What the log says of a node's action; above the kind: the ready branches, and two bits. */
enum { R_None, R_Ready, R_Commit, R_HandCommit, R_HandRollback, R_Damage };
#define KIND(r) ((r) & 7)
#define MASK(r) (((r) >> 3) & 7)
#define BIT(b) (1 << ((b) - 1))
#define R_SERVER 0x40 /* the node's Server is in the record; of R_Damage: the outcome was commit */
#define R_REPORTED 0x80 /* of R_Damage: the superior knows */
/* Flags of a coordinator. */
enum { F_Logged = 1, F_DecidesForSuperior = 2, F_Decided = 4, F_IsReady = 8, F_ResultRequested = 16 };
/* APDUs under way. */
enum {
  A_None, A_Prepare, A_Commit, A_Rollback, A_RollbackRc, A_OnePhase, A_NochangeRcCommitted, A_NochangeRcRolledBack,
  A_RecoverCommit, A_RecoverReady, A_Unknown, A_RetryLater, A_Done, A_Ready, A_CommitRc, A_NotRequired,
  A_ResultRequested
};
enum { UP, DOWN };
enum { SUB_END = 1, SUP_END = 2, BY_SUP = 4 }; /* the ends that are open, and who began the association */

extern void ChooseBudgets(int, int, int);
extern int CanReceive(int, int, int), CanLose(int, int), CanLearn(int, int);
extern int CanAskDown(int), CanAskUp(int), CanReport(int), CanNote(int);
extern int AllEnded(void), CanServe(int), InDoubt(int), CanAcknowledge(int);
extern void Network_Deliver(int, int, int), Network_Lose(int, int, int), Network_Learn(int, int);
extern void RemoteBranch_Reached(int), Upward_Reached(int), DamageDesk_Reported(int), DamageDesk_Noted(int);
extern void Coordinator_Close(int), Coordinator_Reached(int), LocalBranch_Answered(int, int), Server_Done(int);
extern void Coordinator_Resolve(int, int), EndedActions_Acknowledge(int), Log_Force(int), Node_Crash(int, int);
extern void Quiet(void), Invariants(void);

/* Spin lets no call stand in a c_expr: it is written "CanServe OF PNode->n END". */
#define OF (
#define AND ,
#define END )

namespace Ccr.Histories.Tests;

/// <summary>Lists: what each of them shows, and what a checker must call it.</summary>
internal static class BadHistories
{
    /// <summary>Title, the anomaly's name, the history; strict unless the title says otherwise.</summary>
    public static readonly (string Title, string Anomaly, string History)[] Lists =
    [
        ("two lists appended in opposite orders", "G0", """
            0( a1=1 a2=1
            1( a1=2 a2=2
            0) a1=1 a2=1
            1) a1=2 a2=2
            2 r1=1,2 r2=2,1
            """),
        ("three transactions before each other, by appends alone", "G0", """
            0( a1=1 a3=1
            1( a1=2 a2=1
            2( a2=2 a3=2
            0) a1=1 a3=1
            1) a1=2 a2=1
            2) a2=2 a3=2
            3 r1=1,2 r2=1,2 r3=2,1
            """),
        ("an append that failed is read", "G1a", "0! a1=1\n1 r1=1"),
        ("an append that failed is read below one that did not", "G1a", "0! a1=1\n1 a1=2\n2 r1=1,2"),
        ("the first of two appends of one transaction is read alone", "G1b", "0( a1=1 a1=2\n1 r1=1\n0) a1=1 a1=2"),
        ("the middle of three is read, after another's", "G1b", """
            1 a1=9
            0( a1=1 a1=2 a1=3
            1 r1=9,1,2
            0) a1=1 a1=2 a1=3
            2 r1=9,1,2,3
            """),
        ("two transactions read each other's appends", "G1c", """
            0( a1=1 r2=1
            1( a2=1 r1=1
            0) a1=1 r2=1
            1) a2=1 r1=1
            """),
        ("three transactions, each reads the one before", "G1c", """
            0( a1=1 r3=1
            1( a2=1 r1=1
            2( a3=1 r2=1
            0) a1=1 r3=1
            1) a2=1 r1=1
            2) a3=1 r2=1
            """),
        ("one of two appends is read, the other is missed", "G-single", """
            0( a1=1 a2=1
            1( r1=1 r2=
            0) a1=1 a2=1
            1) r1=1 r2=
            2 r2=1
            """),
        ("lost update: both append to the list that both read as empty", "G-single", """
            0( r1= a1=1
            1( r1= a1=2
            0) r1= a1=1
            1) r1= a1=2
            2 r1=1,2
            """),
        ("write skew: each reads what the other appends to", "G2", """
            0( r1= r2= a1=1
            1( r1= r2= a2=1
            0) r1= r2= a1=1
            1) r1= r2= a2=1
            2 r1=1 r2=1
            """),
        ("long fork: two readers see two appends in different orders", "G2", """
            0( a1=1
            1( a2=1
            2( r1=1 r2=
            3( r1= r2=1
            0) a1=1
            1) a2=1
            2) r1=1 r2=
            3) r1= r2=1
            """),
        ("three anti-dependencies in a row", "G2", """
            0( r1= a2=1
            1( r2= a3=1
            2( r3= a1=1
            0) r1= a2=1
            1) r2= a3=1
            2) r3= a1=1
            3 r1=1 r2=1 r3=1
            """),
        ("a read twice the same element", "duplicate element", "0 a1=1\n1 r1=1,1"),
        ("an element that nobody appended", "invented element", "0 a1=1\n1 r1=1,7"),
        ("an element that nobody appended, alone in its list", "invented element", "1 r1=7"),
        ("two reads in opposite orders", "incompatible order", """
            0( a1=1
            1( a1=2
            0) a1=1
            1) a1=2
            2 r1=1,2
            3 r1=2,1
            """),
        ("an element is gone from the middle", "incompatible order", "0 a1=1\n0 a1=2\n0 a1=3\n1 r1=1,3\n2 r1=1,2,3"),
        ("a fork: each reader sees one of two", "incompatible order", """
            0( a1=2
            1( a1=3
            2( r1=2
            3( r1=3
            0) a1=2
            1) a1=3
            2) r1=2
            3) r1=3
            """),
        ("a transaction misses its own append", "internal", "0 a1=1 r1="),
        ("a list changes between two reads of a transaction", "internal", "0( r1= r1=1\n1 a1=1\n0) r1= r1=1"),
        ("another's element between a read and an own append", "internal", """
            1 a1=1
            0( r1=1 a1=2 r1=1,3,2
            2 a1=3
            0) r1=1 a1=2 r1=1,3,2
            """),
        ("own appends in the wrong order", "internal", "0 a1=1 a1=2 r1=2,1"),
        ("a list loses an element that its transaction read before", "internal", "0 a1=1\n1 r1=1 r2= r1="),
        ("an acknowledged append is not there when a later read looks", "lost append", "0 a1=1\n1 r1="),
        ("a stale read", "G-single-realtime", "0 a1=1\n1 r1=1\n2 r1="),
        ("a read of what was appended later", "G1c-realtime", "0 r1=1\n1 a1=1"),
        ("appends in the opposite order of their times", "G0-realtime", "0 a1=1\n0 a1=2\n1 r1=2,1"),
        ("two anti-dependencies that only time closes", "G2-realtime", """
            1( a1=1 r2=
            2 a2=1
            0 r1=
            1) a1=1 r2=
            3 r1=1 r2=1
            """),
        ("an acknowledged append that nobody saw closes a cycle", "G-single", """
            0( a1=1 a2=1
            1( r2=1 r1=
            0) a1=1 a2=1
            1) r2=1 r1=
            """),
        ("half of a transaction in doubt is seen", "G-single", "0? a1=1 a2=1\n1 r1=1 r2="),
        ("one value appended twice to one list", "malformed", "0 a1=1\n1 a1=1"),
        ("an end without an invocation", "malformed", "0) a1=1"),
        ("an end of something else", "malformed", "0( a1=1\n0) a1=2"),
        ("an invocation before the last one's end", "malformed", "0( a1=1\n0 a1=2"),
    ];

    /// <summary>Title, the anomaly's name, the history, the balances at the end; 100 in each of two at first.</summary>
    public static readonly (string Title, string Anomaly, string History, long[] End)[] Banks =
    [
        ("money is made", "wrong total", "0 0>1:5\n1 b95,106", [95, 105]),
        ("money is lost between two changes", "wrong total", "0( 0>1:5\n1 b95,100\n0) 0>1:5", [95, 105]),
        ("an account goes below nothing", "negative balance", "0 0>1:5\n1 b-1,201", [95, 105]),
        ("an account is missing", "missing account", "0 b200", [100, 100]),
        ("the total at the end", "wrong total", "0 0>1:5", [95, 100]),
        ("an acknowledged transfer did not happen", "wrong balances", "0 0>1:5", [100, 100]),
        ("a failed transfer happened", "wrong balances", "0! 0>1:5", [95, 105]),
        ("a transfer happened twice", "wrong balances", "0 0>1:5", [90, 110]),
        ("no choice of those in doubt explains the end", "wrong balances", "0? 0>1:5\n1? 0>1:7", [94, 106]),
    ];

    /// <summary>Title, the anomaly's name, the history, list 1 at the end, and list 2.</summary>
    public static readonly (string Title, string Anomaly, string History, int[] One, int[] Two)[] Endings =
    [
        ("an acknowledged append is gone", "lost append", "0 a1=1\n0 a1=2", [1], []),
        ("a failed append is there", "failed append", "0! a1=1", [1], []),
        ("half of a transaction in doubt is there", "torn transaction", "0? a1=1 a2=1", [1], []),
        ("what nobody appended is there", "invented element", "0 a1=1", [1, 2], []),
        ("an append is there twice", "duplicate element", "0 a1=1", [1, 1], []),
    ];

    /// <summary>Title, the anomaly's name, the history, what the manager says, list 1 at the end.</summary>
    public static readonly (string, string, string, SettledOutcome, int[])[] Outcomes =
    [
        ("told ok, and rolled back", "contradicted outcome", "0 a1=1", SettledOutcome.RolledBack, []),
        ("told that it failed, and committed", "contradicted outcome", "0! a1=1", SettledOutcome.Committed, [1]),
        ("committed without its effect", "outcome without effect", "0? a1=1", SettledOutcome.Committed, []),
        ("rolled back with its effect", "outcome without effect", "0? a1=1", SettledOutcome.RolledBack, [1]),
    ];
}

namespace Ccr.Histories.Tests;

/// <summary>What looks wrong and is not.</summary>
internal static class GoodHistories
{
    public static readonly (string Title, bool Strict, string History)[] Lists =
    [
        ("an append under way is seen by one reader and not by the next", true, """
            0( a1=1
            1( r1=1
            2( r1=
            1) r1=1
            2) r1=
            0) a1=1
            """),
        ("what is in doubt is seen at once", true, "0? a1=1\n1 r1=1"),
        ("what is in doubt is never seen", true, "0? a1=1\n1 r1="),
        ("what is in doubt happens much later", true, "0? a1=1\n1 r1=\n1 a1=2\n1 r1=2\n2 r1=2,1"),
        ("an invocation without an end is seen", true, "0( a1=1\n1 r1=1"),
        ("a failed append is never seen", true, "0! a1=1\n1 r1=\n0 a1=2\n1 r1=2"),
        ("a transaction reads its own appends one by one", true, "0 r1= a1=1 r1=1 a1=2 r1=1,2\n1 r1=1,2"),
        ("two appends at a time, in the opposite order of their invocations and ends", true, """
            0( a1=1
            1( a1=2
            0) a1=1
            1) a1=2
            2 r1=2,1
            """),
        ("a stale read where real time was not asked for", false, "0 a1=1\n1 r1=1\n2 r1="),
        ("write skew that was serial", true, "0 r1= a2=1\n1 r2=1 a1=1\n2 r1=1 r2=1"),
        ("two appends of one transaction, then another's", true, "0 a1=1 a1=2\n1 a1=3\n2 r1=1,2,3"),
        ("the same value in two lists", true, "0 a1=1\n1 a2=1\n2 r1=1 r2=1"),
        ("a transaction of nothing", true, "0\n1 a1=1\n0\n1 r1=1"),
        ("a process that goes on after a doubt", true, "0? a1=1\n0 a1=2\n0 r1=1,2"),
        ("an acknowledged append that only an earlier reader looked for", true, "0( r1=\n1 a1=1\n0) r1="),
        ("a fork of two readers who only overlap", true, """
            0( a1=1
            1( a2=1
            2( r1=1 r2=
            3( r1=1 r2=1
            0) a1=1
            3) r1=1 r2=1
            2) r1=1 r2=
            1) a2=1
            """),
    ];

    /// <summary>100 in each of two accounts at first.</summary>
    public static readonly (string Title, string History, long[] End)[] Banks =
    [
        ("a read in the middle of a transfer sees all of it", "0( 0>1:5\n1 b95,105\n0) 0>1:5", [95, 105]),
        ("a read in the middle of a transfer sees nothing of it", "0( 0>1:5\n1 b100,100\n0) 0>1:5", [95, 105]),
        ("one of two in doubt happened", "0? 0>1:5\n1? 1>0:7", [107, 93]),
        ("both in doubt happened, and there and back", "0? 0>1:5\n1? 1>0:5", [100, 100]),
        ("everything is taken", "0 0>1:100\n1 b0,200", [0, 200]),
    ];
}

namespace Ccr.Model;

/// <summary>One size and shape of the model that is searched whole.</summary>
/// <param name="Name">In the ledger.</param>
/// <param name="Defines">What spin and gcc are told.</param>
/// <param name="Options">For gcc: -DBITSTATE (soak alone) may miss states.</param>
/// <param name="Search">For the verifier itself.</param>
internal sealed record Configuration(string Name, string Defines, string Options = "", string Search = "")
{
    /// <summary>The small one of <c>./ccr test --quick</c>.</summary>
    public static readonly Configuration Quick =
        new("1 subordinate", "-DNODES=2 -DCRASHES=2 -DLOSSES=2 -DHANDS=1 -DNOCHANGE=1");

    /// <summary>What <c>./ccr test</c> searches.</summary>
    public static readonly Configuration[] Ordinary =
    [
        new("2 subordinates", "-DNODES=3"),
        new("2 subordinates, 2 crashes", "-DNODES=3 -DCRASHES=2"),
        new("3 subordinates, a crash", "-DNODES=4 -DLOSSES=0"),
        new("intermediate", "-DNODES=3 -DCHAIN -DROOTSERVER"),
        new("intermediate and 2 below it, a crash", "-DNODES=4 -DFORK -DLOSSES=0"),
        new("no change, 2 subordinates", "-DNODES=3 -DNOCHANGE=2"),
        new("no change and a decision by hand, intermediate", "-DNODES=3 -DCHAIN -DNOCHANGE=2 -DHANDS=1"),
        new("decision by hand, intermediate", "-DNODES=3 -DCHAIN -DHANDS=1"),
        new("one-phase, intermediate", "-DNODES=3 -DCHAIN -DONEPHASE=1 -DNOCHANGE=2"),
        new("liveness, 1 subordinate", "-DNODES=2 -DLIVE"),
        new("liveness, intermediate, a crash", "-DNODES=3 -DCHAIN -DLOSSES=0 -DLIVE"),
    ];

    /// <summary>What the soak searches beside, keeping two bits of a state: some states may be missed.</summary>
    public static readonly Configuration[] Deep =
    [
        new("2 decisions by hand, 2 subordinates", "-DNODES=3 -DHANDS=2", "-DBITSTATE", "-w33"),
        new("2 decisions by hand, intermediate", "-DNODES=3 -DCHAIN -DHANDS=2", "-DBITSTATE", "-w33"),
        new("3 subordinates", "-DNODES=4", "-DBITSTATE", "-w34"),
        new("intermediate and 2 below it", "-DNODES=4 -DFORK", "-DBITSTATE", "-w34"),
        new("intermediate and 2 below it, decision by hand", "-DNODES=4 -DFORK -DHANDS=1", "-DBITSTATE", "-w34"),
        new("2 subordinates, 3 crashes, 2 losses", "-DNODES=3 -DCRASHES=3 -DLOSSES=2", "-DBITSTATE", "-w34"),
        new("2 subordinates, 2 crashes, 2 losses", "-DNODES=3 -DCRASHES=2 -DLOSSES=2", "-DBITSTATE", "-w33"),
        new("intermediate, 2 crashes, 2 losses", "-DNODES=3 -DCHAIN -DCRASHES=2 -DLOSSES=2", "-DBITSTATE", "-w33"),
        new("intermediate, 3 crashes, 2 losses", "-DNODES=3 -DCHAIN -DCRASHES=3 -DLOSSES=2", "-DBITSTATE", "-w34"),
    ];
}

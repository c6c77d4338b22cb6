namespace Ccr.Model;

/// <summary>One size and shape of the model that is searched whole.</summary>
/// <param name="Name">In the ledger.</param>
/// <param name="Defines">What spin and gcc are told.</param>
/// <param name="Options">For gcc: -DCOLLAPSE keeps states in less memory; -DBITSTATE (soak alone) may miss states.</param>
/// <param name="Search">For the verifier itself.</param>
internal sealed record Configuration(string Name, string Defines, string Options = "", string Search = "")
{
    /// <summary>The small one of <c>./ccr test --quick</c>.</summary>
    public static readonly Configuration Quick =
        new("1 subordinate", "-DNODES=2 -DCRASHES=2 -DLOSSES=2 -DHANDS=1 -DNOCHANGE=1");

    /// <summary>What <c>./ccr test</c> searches.</summary>
    public static readonly Configuration[] Ordinary =
    [
        new("2 subordinates", "-DNODES=3 -DCRASHES=1 -DLOSSES=1"),
    ];

    /// <summary>What the soak searches beside.</summary>
    public static readonly Configuration[] Deep = [];
}

namespace Ccr.DatabaseAttack;

/// <summary>Who is killed.</summary>
internal enum Victim
{
    /// <summary>The application, with the Client in it.</summary>
    Application,

    /// <summary>The CCR Manager, with the databases' Servers in it.</summary>
    Manager,

    /// <summary>A database server, with all its processes.</summary>
    Database,
}

/// <summary>One kill: who, and at which step of an action.</summary>
/// <param name="Victim">Who.</param>
/// <param name="Step">The step.</param>
/// <param name="Turn">Which database, when one is killed.</param>
internal sealed record Kill(Victim Victim, string Step, int Turn)
{
    /// <summary>The application has sent Prepared and TransClose, and the manager has not read them.</summary>
    public const string CloseSent = "close-sent";

    /// <summary>Some time between the beginning of the action and its end.</summary>
    public const string AnyTime = "any-time";

    /// <summary>The steps at which the application stops, in their order.</summary>
    public static readonly string[] Steps =
    [
        "worked", "enlisted", "prepare1-sent", "prepare1-answered", "prepare2-sent", "prepared", CloseSent, "decided",
        "commit1-sent", "commit1-answered", "commit2-sent", "committed", "done-sent",
    ];

    /// <summary>Steps inside the manager, and its points.</summary>
    public static readonly IReadOnlyDictionary<string, string> Points = new Dictionary<string, string>
    {
        ["log-commit not forced"] = "before-force:log-commit",
        ["log-commit forced"] = "after-force:log-commit",
        ["decision answered"] = "after-send:done-commit",
    };

    /// <summary>CCR_FAILPOINT of the manager, or null.</summary>
    public string? Failpoint => Points.GetValueOrDefault(Step);

    /// <summary>The application's own step for it.</summary>
    public string ApplicationStep => Step == CloseSent ? "prepared" : Steps.Contains(Step) ? Step : "-";

    /// <summary>So many kills: every step of every victim, once before any of them comes again.</summary>
    public static IEnumerable<Kill> Plan(int count, Random random)
    {
        int cycle = 0;
        List<Kill> plan = [];
        while (plan.Count < count)
        {
            Kill[] all =
            [
                .. Steps.Append(AnyTime).Select(step => new Kill(Victim.Application, step, 0)),
                .. Steps.Concat(Points.Keys).Append(AnyTime).Select(step => new Kill(Victim.Manager, step, 0)),
                .. Steps.Where(step => step != "done-sent").Append(AnyTime)
                    .Select((step, at) => new Kill(Victim.Database, step, at + cycle)),
            ];
            random.Shuffle(all);
            plan.AddRange(all);
            cycle++;
        }

        return plan.Take(count);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Victim} killed at {Step}";
}

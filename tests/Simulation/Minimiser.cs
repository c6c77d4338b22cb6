namespace Ccr.Simulation;

/// <summary>
/// Shrinks the plan of a failing seed by delta debugging: faults are left out, then actions, and the time is cut, as
/// long as it goes on breaking the same rule.
/// </summary>
internal sealed class Minimiser(SimulationOptions options)
{
    private const int RunsMax = 600;

    private string? _rule;

    /// <summary>How many plans were tried.</summary>
    internal int Runs { get; private set; }

    internal SimPlan Minimise(SimPlan plan)
    {
        _rule = RuleOf(plan);
        int before;
        do
        {
            before = plan.Faults.Count + plan.Work.Count;
            plan = plan with { Faults = Least(plan.Faults, kept => plan with { Faults = kept }) };
            plan = plan with { Work = Least(plan.Work, kept => plan with { Work = kept }) };
            plan = Shorten(plan);
        }
        while (plan.Faults.Count + plan.Work.Count < before && Runs < RunsMax);
        return plan;
    }

    private List<T> Least<T>(IReadOnlyList<T> items, Func<List<T>, SimPlan> with)
    {
        List<T> kept = [.. items];
        for (int part = Math.Max(1, kept.Count / 2); part >= 1 && kept.Count > 0; part /= 2)
        {
            for (int at = 0; at < kept.Count && Runs < RunsMax;)
            {
                List<T> fewer = [.. kept.Take(at), .. kept.Skip(at + part)];
                if (Fails(with(fewer)))
                {
                    kept = fewer;
                }
                else
                {
                    at += part;
                }
            }
        }

        return kept;
    }

    private SimPlan Shorten(SimPlan plan)
    {
        long lastUs = plan.Faults.Select(f => f.AtUs).Concat(plan.Work.Select(w => w.AtUs)).DefaultIfEmpty(0).Max();
        SimPlan shorter = plan with { FaultsEndUs = Math.Min(plan.FaultsEndUs, lastUs + 1_000_000) };
        return shorter.FaultsEndUs < plan.FaultsEndUs && Fails(shorter) ? shorter : plan;
    }

    private bool Fails(SimPlan plan) => RuleOf(plan) is { } rule && rule == _rule;

    private string? RuleOf(SimPlan plan)
    {
        Runs++;
        return SimulationRun.Run(plan, options).Rule;
    }
}

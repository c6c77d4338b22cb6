namespace Ccr.Bench;

/// <summary>A benchmark: one subject, some figures. New ones are added to <see cref="Registry"/>.</summary>
internal interface IBenchmark
{
    /// <summary>Its name on the command line, for example "ber".</summary>
    string Name { get; }

    /// <summary>The group that runs it together with others, for example "core".</summary>
    string Group { get; }

    /// <summary>What it measures, in one line.</summary>
    string Summary { get; }

    /// <summary>Runs it. Figures go to <paramref name="report"/> as soon as they are known.</summary>
    Task RunAsync(IReport report, CancellationToken cancellation);
}

/// <summary>Where a benchmark tells what it found and how far it is.</summary>
internal interface IReport
{
    /// <summary>A figure is known.</summary>
    void Add(Figure figure);

    /// <summary>What goes on now, for who waits in front of a terminal.</summary>
    void Progress(string doing);
}

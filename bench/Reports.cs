using System.Text.Json;
using Spectre.Console;

namespace Ccr.Bench;

/// <summary>`--json`: one object a line, as soon as it is known.</summary>
internal sealed class JsonReport(TextWriter output) : IReport
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public void Add(Figure figure) => output.WriteLine(JsonSerializer.Serialize(figure, Plain));

    public void Progress(string doing)
    {
        // A reader of JSON lines waits for figures alone.
    }
}

/// <summary>For people: a line that says what goes on, then a table.</summary>
internal sealed class TableReport(StatusContext status) : IReport
{
    private readonly Table _table = new Table()
        .Border(TableBorder.Rounded)
        .AddColumns("figure", "value", "against", "ratio", "reach", "holds");

    public void Add(Figure figure) => _table.AddRow(
        Markup.Escape(figure.Name),
        Markup.Escape($"{Format(figure.Value)} {figure.Unit}"),
        Markup.Escape(figure.Against ?? ""),
        figure.Ratio is { } ratio ? Format(ratio) : "",
        Markup.Escape(figure.Reach ?? ""),
        figure.Reach is null ? "" : figure.Holds ? "[green]yes[/]" : "[red]no[/]");

    public void Progress(string doing) => status.Status(Markup.Escape(doing));

    internal void Print() => AnsiConsole.Write(_table);

    private static string Format(double value) => value switch
    {
        0 => "0",
        >= 1000 or <= -1000 => value.ToString("N0", null),
        _ => value.ToString("0.###", null),
    };
}

/// <summary>Hands everything on, and keeps the figures.</summary>
internal sealed class KeepingReport(IReport next) : IReport
{
    internal List<Figure> Figures { get; } = [];

    public void Add(Figure figure)
    {
        Figures.Add(figure);
        next.Add(figure);
    }

    public void Progress(string doing) => next.Progress(doing);
}

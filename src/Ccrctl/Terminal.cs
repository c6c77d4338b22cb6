using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Ccr.Ccrctl;

/// <summary>
/// Where a command prints, and where it asks. Data go to the output, everything else to the error stream.
/// </summary>
public sealed class Terminal
{
    private const int ColumnsWhenRedirected = 200;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A terminal over these streams.</summary>
    /// <param name="output">For data.</param>
    /// <param name="error">For everything else.</param>
    /// <param name="input">For answers.</param>
    /// <param name="interactive">True when a person sits there who can be asked.</param>
    public Terminal(TextWriter output, TextWriter error, TextReader input, bool interactive)
    {
        Output = output;
        Error = error;
        Input = input;
        IsInteractive = interactive;
        Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!interactive)
        {
            Console.Profile.Width = ColumnsWhenRedirected;
        }
    }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess { get; } = new(
        System.Console.Out,
        System.Console.Error,
        System.Console.In,
        !System.Console.IsInputRedirected && !System.Console.IsOutputRedirected);

    /// <summary>For data.</summary>
    public TextWriter Output { get; }

    /// <summary>For everything else.</summary>
    public TextWriter Error { get; }

    /// <summary>For answers.</summary>
    public TextReader Input { get; }

    /// <summary>True when a person sits there who can be asked.</summary>
    public bool IsInteractive { get; }

    /// <summary>For tables and colours.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Prints one JSON value.</summary>
    public void Json(JsonNode value) => Output.WriteLine(value.ToJsonString(JsonOptions));

    /// <summary>Prints a table; says <paramref name="whenEmpty"/> instead of an empty one.</summary>
    public void Table(string[] columns, IEnumerable<string[]> rows, string whenEmpty)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
        }

        int count = 0;
        foreach (string[] row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
            count++;
        }

        if (count == 0)
        {
            Output.WriteLine(whenEmpty);
            return;
        }

        Console.Write(table);
    }
}

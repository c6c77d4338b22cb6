using System.Globalization;
using System.Text;
using Ccr.Protocol.Machine;

namespace Ccr.Model;

/// <summary>
/// Writes the product's state tables as a C header, so that the model runs on the very cells that the product runs on.
/// </summary>
internal static class Tables
{
    /// <summary>The file that stands in the repository: so that spin runs by hand need no .NET.</summary>
    public const string FileName = "tables.h";

    /// <summary>The header: the names of states, events and actions, and a word a cell.</summary>
    public static string Header()
    {
        var text = new StringBuilder();
        text.AppendLine("/* Written from src/Protocol/Machine by tests/Model (TablesTests): not edited by hand.");
        text.AppendLine("   A word is a cell: verdict in bits 30 and up, next state in bits 24 to 29, actions. */");
        text.AppendLine("enum { V_Do, V_Drop, V_ProtocolError, V_Impossible };");
        Side<SuperiorState, SuperiorEvent, SuperiorAction>(
            text, 'S', (state, happening) => Word(SuperiorMachine.CellOf(state, happening)));
        Side<SubordinateState, SubordinateEvent, SubordinateAction>(
            text, 'U', (state, happening) => Word(SubordinateMachine.CellOf(state, happening)));
        return text.Replace("\r\n", "\n").ToString();
    }

    private static void Side<TState, TEvent, TAction>(StringBuilder text, char side, Func<TState, TEvent, uint> wordOf)
        where TState : struct, Enum
        where TEvent : struct, Enum
        where TAction : struct, Enum
    {
        TState[] states = Enum.GetValues<TState>();
        Names(text, states.Select((s, i) => $"{side}S_{s} = {i}"));
        Names(text, Enum.GetValues<TEvent>().Select((e, i) => $"{side}E_{e} = {i}"));
        Names(text, Enum.GetValues<TAction>().Select(a =>
            string.Create(CultureInfo.InvariantCulture, $"{side}A_{a} = {Convert.ToInt64(a, null)}")));
        text.AppendLine(CultureInfo.InvariantCulture, $"static const unsigned {side}_CELLS[][{states.Length}] = {{");
        foreach (TEvent happening in Enum.GetValues<TEvent>())
        {
            IEnumerable<string> words = states.Select(s => $"0x{wordOf(s, happening):X}u");
            text.AppendLine(CultureInfo.InvariantCulture, $"  /* {happening} */");
            text.AppendLine(CultureInfo.InvariantCulture, $"  {{ {string.Join(", ", words.Take(7))},");
            text.AppendLine(CultureInfo.InvariantCulture, $"    {string.Join(", ", words.Skip(7))} }},");
        }

        text.AppendLine("};");
    }

    private static void Names(StringBuilder text, IEnumerable<string> names)
    {
        text.AppendLine("enum {");
        foreach (string name in names)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {name},");
        }

        text.AppendLine("};");
    }

    private static uint Word<TState, TAction>(Cell<TState, TAction> cell)
        where TState : struct, Enum
        where TAction : struct, Enum =>
        ((uint)cell.Verdict << 30) | (Convert.ToUInt32(cell.Next, null) << 24) | Convert.ToUInt32(cell.Action, null);
}

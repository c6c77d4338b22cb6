using Ccr.Samples.MakeTransfers;

// Writes accounts.csv and transfers.csv into a folder: dotnet run --project samples/MakeTransfers -- samples
string folder = args.Length > 0 ? args[0] : ".";
TransferTable table = TransferTable.Make();
File.WriteAllText(Path.Combine(folder, "accounts.csv"), table.AccountsCsv);
File.WriteAllText(Path.Combine(folder, "transfers.csv"), table.TransfersCsv);
Console.WriteLine($"{folder}: {table.Accounts.Count} accounts, {table.Transfers.Count} transfers");

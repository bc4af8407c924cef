-- What Drizzle cannot declare about the application's keys.

-- An edit may insert a record before the one it refers to: references are checked at its end.
ALTER TABLE "invoices" ALTER CONSTRAINT "invoices_contact" DEFERRABLE INITIALLY IMMEDIATE;--> statement-breakpoint
ALTER TABLE "payments" ALTER CONSTRAINT "payments_invoice" DEFERRABLE INITIALLY IMMEDIATE;--> statement-breakpoint

-- Collections are read in pages by id in byte order. With the column in that order the primary
-- key serves every page; otherwise each page would sort the whole tenant.
ALTER TABLE "contacts" ALTER COLUMN "id" TYPE text COLLATE "C";--> statement-breakpoint
ALTER TABLE "invoices" ALTER COLUMN "id" TYPE text COLLATE "C";--> statement-breakpoint
ALTER TABLE "payments" ALTER COLUMN "id" TYPE text COLLATE "C";--> statement-breakpoint
ALTER TABLE "business_profile" ALTER COLUMN "id" TYPE text COLLATE "C";
